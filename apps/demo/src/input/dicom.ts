/** DICOM Part 10 files (PS3.10 7.1), as far as the demo looks into them. */
import { concat, equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'

const preambleBytes = 128
const prefix = encodeUtf8('DICM')

/** True for a preamble of 128 bytes and the prefix `DICM`; the rest is not looked at. */
export function isPart10(file: Uint8Array): boolean {
  return equal(file.subarray(preambleBytes, preambleBytes + prefix.length), prefix)
}

type Vr = 'UI' | 'CS' | 'LO' | 'PN' | 'US' | 'UL' | 'OB' | 'DA'

const explicitLittleEndian = '1.2.840.10008.1.2.1'
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7'
// PS3.5 B.2: an identifier under 2.25 from a UUID, written for this image.
const instance = '2.25.261745023893344190367745912013567'
const side = 64

/** A secondary capture of 64 by 64 grey pixels: a bright disc, as a phantom shows. Written for this project. */
export function syntheticImage(): Uint8Array {
  const meta = concat(
    element(0x0002, 0x0001, 'OB', Uint8Array.of(0, 1)),
    element(0x0002, 0x0002, 'UI', text(secondaryCapture)),
    element(0x0002, 0x0003, 'UI', text(`${instance}.1`)),
    element(0x0002, 0x0010, 'UI', text(explicitLittleEndian)),
    element(0x0002, 0x0012, 'UI', text(`${instance}.2`)),
  )
  const length = element(0x0002, 0x0000, 'UL', number(meta.length, 4))
  return concat(new Uint8Array(preambleBytes), prefix, length, meta, dataSet())
}

function dataSet(): Uint8Array {
  return concat(
    element(0x0008, 0x0016, 'UI', text(secondaryCapture)),
    element(0x0008, 0x0018, 'UI', text(`${instance}.1`)),
    element(0x0008, 0x0020, 'DA', text('20260615')),
    element(0x0008, 0x0060, 'CS', text('OT')),
    element(0x0008, 0x0064, 'CS', text('SYN')),
    element(0x0010, 0x0010, 'PN', text('Example^Rosa')),
    element(0x0010, 0x0020, 'LO', text('demo-patient-rosa')),
    element(0x0020, 0x000d, 'UI', text(`${instance}.3`)),
    element(0x0020, 0x000e, 'UI', text(`${instance}.4`)),
    element(0x0028, 0x0002, 'US', number(1, 2)),
    element(0x0028, 0x0004, 'CS', text('MONOCHROME2')),
    element(0x0028, 0x0010, 'US', number(side, 2)),
    element(0x0028, 0x0011, 'US', number(side, 2)),
    element(0x0028, 0x0100, 'US', number(8, 2)),
    element(0x0028, 0x0101, 'US', number(8, 2)),
    element(0x0028, 0x0102, 'US', number(7, 2)),
    element(0x0028, 0x0103, 'US', number(0, 2)),
    element(0x7fe0, 0x0010, 'OB', pixels()),
  )
}

function pixels(): Uint8Array {
  const centre = (side - 1) / 2
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const distance = Math.hypot((i % side) - centre, Math.floor(i / side) - centre)
    return distance < side / 3 ? 220 - 3 * Math.floor(distance) : 20
  })
}

// PS3.5 7.1.2: OB has two reserved bytes and a length of four. Values have an even length (PS3.5 6.2).
function element(group: number, number_: number, vr: Vr, value: Uint8Array): Uint8Array {
  const padding = vr === 'UI' || vr === 'OB' ? 0 : 0x20
  const even = value.length % 2 === 0 ? value : concat(value, Uint8Array.of(padding))
  const length = vr === 'OB' ? concat(number(0, 2), number(even.length, 4)) : number(even.length, 2)
  return concat(number(group, 2), number(number_, 2), text(vr), length, even)
}

const text = (value: string): Uint8Array => encodeUtf8(value)

function number(value: number, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (value >>> (8 * i)) & 0xff)
}
