import fc from 'fast-check'

/** Bytes of all lengths that matter at block and chunk borders. */
export const hostileBytes = (maxLength = 300): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: 0, maxLength })

/** Any Unicode scalar value; many of them ASCII. */
const scalar = fc
  .oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(value => String.fromCodePoint(value))

/** Well-formed text; `fc.string` with the unit "binary" takes seconds to make its table of all characters. */
export const anyText = (limits: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.array(scalar, limits).map(characters => characters.join(''))

const hostileParts = [
  '\ufeff', // byte order mark, and ZERO WIDTH NO-BREAK SPACE
  '\u00e9', // NFC …
  'e\u0301', // … and the same letter in NFD
  ' ',
  '\u00a0',
  '\u200b',
  '\u202e',
  '\n',
  '\r\n',
  '\0',
  '\u007f',
  '"',
  '\\',
  '__proto__',
  '\u{1f48a}',
]

/**
 * Well-formed texts that formats, editors and terminals change: a byte order mark in front, both spellings of a
 * letter, blanks, NUL, nothing at all.
 */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...hostileParts), anyText({ maxLength: 40 })), {
    maxLength: 4,
  })
  .map(parts => parts.join(''))
