import fc from 'fast-check'

/** Bytes of all lengths that matter at block and chunk borders. */
export const hostileBytes = (maxLength = 300): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: 0, maxLength })

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
  .array(fc.oneof(fc.constantFrom(...hostileParts), fc.string({ unit: 'binary', maxLength: 40 })), {
    maxLength: 4,
  })
  .map(parts => parts.join(''))
