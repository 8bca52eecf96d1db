/** Text from elsewhere, made safe for a terminal, a log and the eye. */

// Controls, format characters (bidi, zero width, tags), private use, line separators. A joiner stays inside an emoji.
const hidden =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d|(?!\u200d)[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu

/**
 * A text that others wrote, in quotes and without anything that steers a terminal or cannot be seen: what JSON leaves
 * as it is among controls and format characters is escaped as well. `JSON.parse` gives the text back.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(hidden, escaped)
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    const unit = character.charCodeAt(i).toString(16)
    return `\\u${unit.padStart(4, '0')}`
  }).join('')
}

/** The text with U+FFFD for each character that could steer a terminal; lines, tabs and emoji stay. */
export function visible(text: string): string {
  return text.replace(/[^\P{C}\n\t\u200d]/gu, '\ufffd')
}

/** Without characters that nobody sees: soft hyphens, joiners, marks of direction, byte order marks. */
export function withoutIgnorable(text: string): string {
  return text.replace(/\p{Default_Ignorable_Code_Point}/gu, '')
}

/** The full-width forms U+FF01 to U+FF5E as the ASCII that they stand for. */
export function halfWidth(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, wide => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
}

// White space within a line: that of regular expressions, without the ends of lines.
const blank = '\\t\\v\\f \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\ufeff'
// A repeated group would need a place on the stack for each mark; classes that meet would be tried in every way.
const quoteMarks = new RegExp(`(^|[\\n\\r\\u0085\\u2028\\u2029])[${blank}]*>[>${blank}]*`, 'g')

/** Without the `>` that mail programs put before each line that they quote, however often. */
export function unquoted(text: string): string {
  return text.replace(quoteMarks, '$1')
}

/** What keeps a text from being an id that two people can type alike; `null` for a sound one. */
export function idProblem(text: string): string | null {
  if (!text.isWellFormed()) return 'must be well-formed Unicode'
  if (text.trim() === '') return 'must not be empty'
  if (text !== text.trim()) return 'must not begin or end with a space'
  if (text !== withoutIgnorable(text)) return 'must not contain invisible characters'
  return /\p{Cc}/u.test(text) ? 'must not contain control characters' : null
}

/**
 * The one spelling of an id, in NFC: a letter and its accent are the same however they were typed.
 * @throws RangeError, naming the id as `name`, for what {@link idProblem} reports
 */
export function canonicalId(text: string, name: string): string {
  const problem = idProblem(text)
  if (problem !== null) throw new RangeError(`${name} ${problem}`)
  return text.normalize('NFC')
}
