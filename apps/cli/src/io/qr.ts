/** QR codes: shown in a terminal, drawn as SVG or PNG, and read from a PNG. */
import { extname } from 'node:path'
import { decode, encode } from 'fast-png'
import jsQR from 'jsqr'
import { encode as encodeQr, renderSVG, renderUnicodeCompact } from 'uqr'
import { UsageError } from './errors.js'

const scale = 8
const options = { border: 4, ecc: 'M' } as const

/** For a dark or a light terminal: two rows of squares a line. */
export function qrForTerminal(text: string): string {
  return `${renderUnicodeCompact(text, options)}\n`
}

/** By the ending of the file's name. @throws UsageError for anything but `.png` and `.svg` */
export function qrForFile(text: string, file: string): string | Uint8Array {
  const ending = extname(file).toLowerCase()
  if (ending === '.svg') return `${qrAsSvg(text)}\n`
  if (ending === '.png') return qrAsPng(text)
  throw new UsageError('a QR code is written to a file that ends in .png or .svg')
}

export function qrAsSvg(text: string): string {
  return renderSVG(text, { ...options, pixelSize: scale })
}

function qrAsPng(text: string): Uint8Array {
  const { size, data } = encodeQr(text, options)
  const width = size * scale
  const pixels = new Uint8Array(width * width)
  for (let y = 0; y < width; y++) {
    const row = data[Math.floor(y / scale)] ?? []
    for (let x = 0; x < width; x++) pixels[y * width + x] = row[Math.floor(x / scale)] === true ? 0 : 255
  }
  return encode({ width, height: width, data: pixels, channels: 1, depth: 8 })
}

const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47)

export function isPng(bytes: Uint8Array): boolean {
  return pngSignature.every((byte, i) => bytes[i] === byte)
}

/** What the code in a picture says; `null` when there is none, or the picture is no PNG that can be read. */
export function readQr(png: Uint8Array): string | null {
  const image = decodePng(png)
  return image === null ? null : (jsQR.default(image.rgba, image.width, image.height)?.data ?? null)
}

interface Image {
  readonly width: number
  readonly height: number
  readonly rgba: Uint8ClampedArray
}

function decodePng(png: Uint8Array): Image | null {
  try {
    const { width, height, channels, depth, data } = decode(png)
    const rgba = new Uint8ClampedArray(width * height * 4)
    const top = depth === 16 ? 257 : depth === 8 ? 1 : 1 / 255
    const at = (pixel: number, channel: number): number => (data[pixel * channels + channel] ?? 0) / top
    for (let pixel = 0; pixel < width * height; pixel++) {
      const isGrey = channels < 3
      for (let channel = 0; channel < 3; channel++)
        rgba[pixel * 4 + channel] = at(pixel, isGrey ? 0 : channel)
      rgba[pixel * 4 + 3] = 255
    }
    return { width, height, rgba }
  } catch {
    return null
  }
}
