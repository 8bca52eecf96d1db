/** Texts that others wrote, shown to people. */

/**
 * A text in quotes and without anything that steers a terminal: JSON escapes C0 controls, this also DEL, C1 and
 * bidi controls and line separators.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A text whose lines stay lines, with U+FFFD for every character that could steer a terminal. */
export function visible(text: string): string {
  return text.replace(/[^\P{C}\n\t\u200d]/gu, '\ufffd')
}
