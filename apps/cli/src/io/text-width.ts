/** How many columns of a terminal a text takes; where terminals differ, the more. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const wide =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Bopomofo}|\p{Script=Yi}|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
const narrow = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

function columnsOfOne(grapheme: string): number {
  if (narrow.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

export function columnsOf(text: string): number {
  let columns = 0
  for (const { segment } of graphemes.segment(text)) columns += columnsOfOne(segment)
  return columns
}

/** The text, or as much of its beginning as leaves room for an ellipsis. */
export function cutTo(columns: number, text: string): string {
  if (columnsOf(text) <= columns) return text
  let [kept, left] = ['', columns - 1]
  for (const { segment } of graphemes.segment(text)) {
    left -= columnsOfOne(segment)
    if (left < 0) break
    kept += segment
  }
  return columns < 1 ? '' : `${kept}…`
}

/** With spaces behind it, where it takes fewer columns. */
export function padTo(columns: number, text: string): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}
