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
