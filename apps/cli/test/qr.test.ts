import { encode } from 'fast-png'
import encodeQR from 'qr'
import { describe, expect, it } from 'vitest'
import { pictureFormat, qrForFile, readQr } from '../dist/io/qr.js'

const text = 'chartseal-pair:test-0123456789'
const scale = 4
const rows = encodeQR(text, 'raw', { border: 4, ecc: 'medium', scale })
const width = rows.length
const dark = rows.flat()

type Picture = Parameters<typeof encode>[0]
const drawn = (fields: Partial<Picture> & Pick<Picture, 'data'>): Uint8Array =>
  encode({ width, height: width, channels: 1, depth: 8, ...fields })

/** Samples of few bits, each row from a new byte, first sample highest. */
function packed(depth: 1 | 2 | 4, sampleOf: (isDark: boolean) => number): Uint8Array {
  const perByte = 8 / depth
  const rowBytes = Math.ceil(width / perByte)
  const data = new Uint8Array(rowBytes * width)
  dark.forEach((isDark, i) => {
    const column = i % width
    const at = Math.floor(i / width) * rowBytes + Math.floor(column / perByte)
    data[at] = (data[at] ?? 0) | (sampleOf(isDark) << (8 - depth * ((column % perByte) + 1)))
  })
  return data
}

const pixels = (...[ink, paper]: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(dark.flatMap(isDark => (isDark ? (ink ?? []) : (paper ?? []))))

const palette = [
  [255, 255, 255],
  [0, 0, 0],
]

describe('a picture of a QR code', () => {
  it.each<[string, Uint8Array]>([
    ['1 bit of grey', drawn({ depth: 1, data: packed(1, isDark => (isDark ? 0 : 1)) })],
    ['2 bits of grey', drawn({ depth: 2, data: packed(2, isDark => (isDark ? 0 : 3)) })],
    ['4 bits of grey', drawn({ depth: 4, data: packed(4, isDark => (isDark ? 1 : 14)) })],
    ['1 bit of palette', drawn({ depth: 1, data: packed(1, isDark => (isDark ? 1 : 0)), palette })],
    ['8 bits of palette', drawn({ data: pixels([1], [0]), palette })],
    ['24 bits', drawn({ channels: 3, data: pixels([20, 10, 60], [250, 255, 245]) })],
    ['black on transparent black', drawn({ channels: 4, data: pixels([0, 0, 0, 255], [0, 0, 0, 0]) })],
    ['grey and alpha', drawn({ channels: 2, data: pixels([0, 255], [0, 0]) })],
    ['16 bits', drawn({ depth: 16, data: Uint16Array.from(pixels([0], [255]), value => value * 257) })],
    ['light on dark', drawn({ data: pixels([255], [0]) })],
  ])('is read from %s', (_, picture) => {
    expect(readQr(picture)).toBe(text)
  })

  it('is read back from what is drawn here', () => {
    const png = qrForFile(text, 'code.png')
    expect(typeof png === 'string' ? null : readQr(png)).toBe(text)
    expect(qrForFile(text, 'code.SVG')).toContain('<svg')
    expect(() => qrForFile(text, 'code.gif')).toThrow('.png or .svg')
  })

  it('of another format is refused by its name', () => {
    const heads: readonly [string, readonly number[]][] = [
      ['JPEG', [0xff, 0xd8, 0xff, 0xe0]],
      ['GIF', [...Buffer.from('GIF89a')]],
      ['WebP', [...Buffer.from('RIFF0000WEBP')]],
      ['HEIC', [...Buffer.from('0000ftypheic')]],
    ]
    for (const [format, head] of heads) {
      const bytes = Uint8Array.from([...head, ...new Uint8Array(20)])
      expect(pictureFormat(bytes)).toBe(format)
      expect(() => readQr(bytes)).toThrow(`this is a ${format} picture: a PNG is needed`)
    }
    expect(pictureFormat(Buffer.from('chartseal-pair:'))).toBeNull()
  })

  it('with no code, or cut short, is none', () => {
    expect(readQr(drawn({ data: pixels([255], [255]) }))).toBeNull()
    expect(readQr(drawn({ data: pixels([0], [255]) }).subarray(0, 60))).toBeNull()
    expect(readQr(drawn({ data: pixels([0], [255]) }).subarray(0, 12))).toBeNull()
  })

  it('that claims to be huge is refused before it is unpacked', () => {
    const bomb = Uint8Array.from(drawn({ data: pixels([0], [255]) }))
    new DataView(bomb.buffer).setUint32(16, 100_000)
    new DataView(bomb.buffer).setUint32(20, 100_000)
    expect(() => readQr(bomb)).toThrow('cut out the code')
  })
})
