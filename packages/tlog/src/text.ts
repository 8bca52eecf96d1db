/** Texts that went through editors and mail programs. */

/**
 * The text of a note, proof or policy with the line ends and the end that its format has: without a byte order mark,
 * CR LF as LF, one newline at the end. What is signed is compared afterwards, so nothing false becomes true by it.
 */
export function plainText(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  let end = lines.length
  while (lines[end - 1] === '\n') end--
  return `${lines.slice(0, end)}\n`
}
