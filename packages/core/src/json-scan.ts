/** What `JSON.parse` does not report about a text that it takes: names that mean two things, and depth. */

/** Lists and objects inside each other; FHIR needs about 40. */
const maxJsonDepth = 128

// V8 of Node 24 reads the name "\"", once it is warm, as "\\", and so every name that is one escaped character: it takes
// the first character of the escape for the whole. Refused everywhere, so that a name means the same everywhere.
const misread = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})$/

/** Whether a name cannot be written so that every engine reads it back. */
export function isMisreadName(name: string): boolean {
  return misread.test(JSON.stringify(name).slice(1, -1))
}

export interface JsonFault {
  readonly kind: 'repeated' | 'misread' | 'deep'
  /** In UTF-16 code units. */
  readonly index: number
}

/** What a text with that fault is not. */
export const expectations: Readonly<Record<JsonFault['kind'], string>> = {
  repeated: 'JSON that has each name once',
  misread: 'JSON without names of one escaped character',
  deep: `JSON of at most ${maxJsonDepth} levels`,
}

const backslash = 0x5c
const quote = 0x22
const colon = 0x3a

/**
 * The first name that its object has already, or that is misread, and the first bracket that is too deep; `null` when
 * there is none. One pass, whatever the names are: RFC 8259 4 leaves the meaning of a repeated name open.
 * @param text valid JSON
 */
export function findFault(text: string): JsonFault | null {
  // Of each object that is open its names so far, and `null` of each list.
  const open: (Set<string> | null)[] = []
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === quote) {
      const end = endOfString(text, i)
      const names = open.at(-1)
      const kind = names && isName(text, end) ? faultOf(text.slice(i + 1, end), names) : null
      if (kind !== null) return { kind, index: i }
      i = end
    } else if (unit === 0x7b || unit === 0x5b) {
      if (open.push(unit === 0x7b ? new Set() : null) > maxJsonDepth) {
        return { kind: 'deep', index: i }
      }
    } else if (unit === 0x7d || unit === 0x5d) open.pop()
  }
  return null
}

/** Adds the name to those of its object. */
function faultOf(raw: string, names: Set<string>): 'repeated' | 'misread' | null {
  if (misread.test(raw)) return 'misread'
  const name: string = raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw
  return names.size === names.add(name).size ? 'repeated' : null
}

/** Index of the quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
}

/** Whether a colon follows: outside its strings, JSON has them after names only. */
function isName(text: string, end: number): boolean {
  let i = end + 1
  while (isBlank(text.charCodeAt(i))) i++
  return text.charCodeAt(i) === colon
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
}
