/** A picture in front of the fake camera: one frame of Y4M, which Chromium shows for as long as it is asked. */
import { writeFileSync } from 'node:fs'
import { decode } from 'fast-png'

const width = 1280
const height = 720

/** Grey values of a PNG, laid over white. */
function greysOf(png) {
  const { data, channels, width: columns, height: rows } = decode(png)
  const at = (x, y) => {
    const first = (y * columns + x) * channels
    return Math.round((data[first] + data[first + 1] + data[first + 2]) / 3)
  }
  return { columns, rows, at }
}

/** Writes the picture, in the middle and no larger than the frame. */
export function showToCamera(file, png) {
  const { columns, rows, at } = greysOf(png)
  const scale = Math.min(1, (height - 16) / Math.max(columns, rows))
  const size = { x: Math.floor(columns * scale), y: Math.floor(rows * scale) }
  const left = Math.floor((width - size.x) / 2)
  const top = Math.floor((height - size.y) / 2)
  const luma = Buffer.alloc(width * height, 235)
  for (let y = 0; y < size.y; y++) {
    for (let x = 0; x < size.x; x++) {
      luma[(top + y) * width + left + x] = at(Math.floor(x / scale), Math.floor(y / scale))
    }
  }
  const chroma = Buffer.alloc((width * height) / 2, 128)
  const frame = [Buffer.from('FRAME\n'), luma, chroma]
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`)
  writeFileSync(file, Buffer.concat([head, ...frame, ...frame]))
}
