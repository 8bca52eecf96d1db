/** QR codes: shown in a terminal, drawn as SVG or PNG, and read from a PNG. */
import { extname } from 'node:path'
import { decode, encode } from 'fast-png'
import encodeQR from 'qr'
import decodeQR from 'qr/decode.js'
import { UsageError } from './errors.js'

const scale = 8
const options = { border: 4, ecc: 'medium' } as const
/** More than any photograph of a screen needs; a PNG of a few kilobytes can claim 2^62. */
const maxPixels = 4_194_304

/** For a dark or a light terminal: two rows of squares a line. */
export function qrForTerminal(text: string): string {
  return `${encodeQR(text, 'ascii', options).trimEnd()}\n`
}

/** By the ending of the file's name. @throws UsageError for anything but `.png` and `.svg` */
export function qrForFile(text: string, file: string): string | Uint8Array {
  const ending = extname(file).toLowerCase()
  if (ending === '.svg') return `${qrAsSvg(text)}\n`
  if (ending === '.png') return qrAsPng(text)
  throw new UsageError('a QR code is written to a file that ends in .png or .svg')
}

export function qrAsSvg(text: string): string {
  return encodeQR(text, 'svg', { ...options, scale })
}

function qrAsPng(text: string): Uint8Array {
  const rows = encodeQR(text, 'raw', { ...options, scale })
  const width = rows.length
  const data = Uint8Array.from(rows.flatMap(row => row.map(dark => (dark ? 0 : 255))))
  return encode({ width, height: width, data, channels: 1, depth: 8 })
}

/** Pictures by their first bytes. */
const signatures: readonly (readonly [format: string, pattern: RegExp])[] = [
  ['PNG', /^\x89PNG/],
  ['JPEG', /^\xff\xd8\xff/],
  ['GIF', /^GIF8[79]a/],
  ['WebP', /^RIFF.{4}WEBP/s],
  ['HEIC', /^.{4}ftyp(hei|mif1|avif)/s],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['BMP', /^BM.{4}\0\0\0\0/s],
]

/** `PNG`, `JPEG` …; `null` for what is no picture. */
export function pictureFormat(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, 16))
  return signatures.find(([, pattern]) => pattern.test(head))?.[0] ?? null
}

/**
 * What the code in a picture says; `null` when there is none, or the picture is no PNG that can be read.
 * @throws UsageError for a picture of another format, or of more than 4 megapixels
 */
export function readQr(picture: Uint8Array): string | null {
  const format = pictureFormat(picture)
  if (format !== null && format !== 'PNG') {
    throw new UsageError(`this is a ${format} picture: a PNG is needed, such as a screenshot`)
  }
  const image = decodePng(picture)
  if (image === null) return null
  // Some screens show codes light on dark.
  return codeIn(image) ?? codeIn(inverted(image))
}

interface Image {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8Array
}

function codeIn(image: Image): string | null {
  try {
    return decodeQR(image)
  } catch {
    return null
  }
}

const inverted = ({ data, ...size }: Image): Image => ({ ...size, data: data.map(value => 255 - value) })

function decodePng(png: Uint8Array): Image | null {
  refuseHuge(png)
  try {
    return toRgba(decode(png))
  } catch {
    return null
  }
}

/** By the header (PNG 11.2.1), before anything is unpacked. */
function refuseHuge(png: Uint8Array): void {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  if (png.length < 24) return
  const width = view.getUint32(16)
  const height = view.getUint32(20)
  if (width * height > maxPixels) {
    throw new UsageError(
      `the picture has ${width} x ${height} pixels, more than ${maxPixels}: cut out the code`,
    )
  }
}

type Decoded = ReturnType<typeof decode>

/** Laid over white, which is what most screens show behind a transparent picture. */
function toRgba(png: Decoded): Image {
  const { width, height } = png
  const data = new Uint8Array(width * height * 4)
  const sampleAt = samplesOf(png)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [red, green, blue, alpha] = colourOf(png, sampleAt, pixel)
    for (const [channel, value] of [red, green, blue].entries()) {
      data[pixel * 4 + channel] = Math.round((value * alpha + 255 * (255 - alpha)) / 255)
    }
    data[pixel * 4 + 3] = 255
  }
  return { width, height, data }
}

type Colour = readonly [red: number, green: number, blue: number, alpha: number]
type SampleAt = (pixel: number, channel: number) => number

/** Samples of 1, 2 and 4 bits are packed, each row from a new byte (PNG 7.2). */
function samplesOf({ width, channels, depth, data }: Decoded): SampleAt {
  if (depth >= 8) return (pixel, channel) => data[pixel * channels + channel] ?? 0
  const rowBytes = Math.ceil((width * depth) / 8)
  return pixel => {
    const column = pixel % width
    const byte = data[Math.floor(pixel / width) * rowBytes + Math.floor((column * depth) / 8)] ?? 0
    return (byte >> (8 - depth - ((column * depth) % 8))) & (2 ** depth - 1)
  }
}

function colourOf(png: Decoded, sampleAt: SampleAt, pixel: number): Colour {
  const { channels, depth, palette } = png
  if (palette !== undefined) {
    const [red = 0, green = 0, blue = 0, alpha = 255] = palette[sampleAt(pixel, 0)] ?? []
    return [red, green, blue, alpha]
  }
  const top = 2 ** depth - 1
  const at = (channel: number): number => (sampleAt(pixel, channel) * 255) / top
  const alpha =
    channels === 2 || channels === 4 ? at(channels - 1) : isKeyedOut(png, sampleAt, pixel) ? 0 : 255
  return channels < 3 ? [at(0), at(0), at(0), alpha] : [at(0), at(1), at(2), alpha]
}

/** Whether a picture without alpha names this very colour as transparent (PNG 11.3.1.1). */
function isKeyedOut({ channels, transparency }: Decoded, sampleAt: SampleAt, pixel: number): boolean {
  if (transparency === undefined || transparency.length < channels) return false
  return Array.from({ length: channels }, (_, i) => i).every(i => sampleAt(pixel, i) === transparency[i])
}
