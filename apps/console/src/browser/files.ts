/** Files that a person saves. */
import { ownBuffer } from '@chartseal/core/bytes'

/** Saves under this name, from memory. */
export function saveFile(
  name: string,
  content: Uint8Array | string,
  type = 'application/octet-stream',
): void {
  const blob = new Blob([typeof content === 'string' ? content : ownBuffer(content)], { type })
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
