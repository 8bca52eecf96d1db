import fc from 'fast-check'

/** Bytes of all lengths that matter at block and chunk borders. */
export const hostileBytes = (maxLength = 300): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: 0, maxLength })
