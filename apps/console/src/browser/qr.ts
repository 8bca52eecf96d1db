/** QR codes in the page: drawn as a path, read from pictures and from the camera. The reader is loaded when it is needed. */
import { encodeQR } from 'qr'
import { consoleError } from '../errors.js'

export interface QrDrawing {
  /** Modules in a row, with the quiet zone. */
  readonly size: number
  /** A path of an SVG. */
  readonly path: string
}

export function drawQr(text: string): QrDrawing {
  const rows = encodeQR(text, 'raw', { border: 4, ecc: 'medium' })
  const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return { size: rows.length, path }
}

/** Larger pictures are made smaller first: a code needs no more, and a phone's photograph has 12 megapixels. */
const maxSide = 1_600

/** What the code in a picture says. @throws ChartsealError `console/no-code-in-picture` */
async function readPicture(file: Blob): Promise<string> {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (bitmap === null) throw consoleError('console/no-code-in-picture', {})
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height))
  const image = pixelsOf(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale))
  bitmap.close()
  const text = await codeIn(image)
  if (text === null) throw consoleError('console/no-code-in-picture', {})
  return text
}

/** A picture of a code, or a file with its text. @throws ChartsealError `console/no-code-in-picture` */
export async function readCodeFile(file: File): Promise<string> {
  return file.type.startsWith('image/') ? readPicture(file) : file.text()
}

function pixelsOf(source: CanvasImageSource, width: number, height: number): ImageData {
  const canvas = new OffscreenCanvas(Math.max(1, width), Math.max(1, height))
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw consoleError('console/no-code-in-picture', {})
  context.drawImage(source, 0, 0, canvas.width, canvas.height)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

async function codeIn(image: ImageData): Promise<string | null> {
  const { decodeQR } = await import('qr/decode.js')
  try {
    return decodeQR(image)
  } catch {
    return null
  }
}

const frameMs = 150
const frameSide = 720

/**
 * Watches the camera until a code is read; gives what it says, or `null` when it was stopped.
 * @throws ChartsealError `console/no-camera`
 */
export async function watchCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<string | null> {
  const stream = await openCamera()
  try {
    video.srcObject = stream
    await video.play().catch(() => undefined)
    while (!signal.aborted) {
      const text = video.videoWidth === 0 ? null : await codeIn(frameOf(video))
      if (text !== null) return text
      await new Promise(resolve => setTimeout(resolve, frameMs))
    }
    return null
  } finally {
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}

function frameOf(video: HTMLVideoElement): ImageData {
  const scale = Math.min(1, frameSide / Math.max(video.videoWidth, video.videoHeight))
  return pixelsOf(video, Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale))
}

async function openCamera(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false })
  } catch {
    throw consoleError('console/no-camera', {})
  }
}
