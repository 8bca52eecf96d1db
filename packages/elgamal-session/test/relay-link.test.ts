import {
  decodeToCore,
  decodeToRelay,
  encodeToCore,
  encodeToRelay,
  maxLinkBytes,
  publishRefusals,
  type ToCore,
  type ToRelay,
} from '@chartseal/elgamal-session/relay'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const connection = fc.integer({ min: 1, max: 2 ** 32 - 1 })
const frame = fc.uint8Array({ minLength: 1, maxLength: 200 })
const perhaps = fc.option(frame)
const sequence = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const id = fc.uint8Array({ minLength: 16, maxLength: 16 })
const kind = <Kind extends string>(name: Kind) => fc.constant(name)

const toRelay: fc.Arbitrary<ToRelay> = fc.oneof(
  fc.record({ kind: kind('send'), connection, frame }),
  fc.record({ kind: kind('admit'), connection, after: sequence }),
  fc.record({ kind: fc.constantFrom('publish' as const, 'head' as const), frame }),
  fc.record({ kind: kind('drop'), connection, frame: perhaps }),
  fc.record({ kind: kind('end'), frame: perhaps }),
  fc.record({ kind: kind('restart'), after: sequence }),
)
const toCore: fc.Arbitrary<ToCore> = fc.oneof(
  fc.record({ kind: kind('attached'), head: sequence, instance: id, newest: perhaps }),
  fc.record({ kind: kind('opened'), connection, source: id }),
  fc.record({ kind: kind('frame'), connection, frame }),
  fc.record({ kind: kind('closed'), connection }),
  fc.record({ kind: kind('logged'), sequence }),
  fc.record({ kind: kind('behind'), connection, isBehind: fc.boolean() }),
  fc.record({
    kind: kind('unlogged'),
    sequence,
    head: sequence,
    reason: fc.constantFrom(...publishRefusals),
  }),
)

describe('a message of the host link', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(toRelay, message => {
        expect(decodeToRelay(encodeToRelay(message))).toEqual(message)
      }),
      propertyRuns(500, 200),
    )
    fc.assert(
      fc.property(toCore, message => {
        expect(decodeToCore(encodeToCore(message))).toEqual(message)
      }),
      propertyRuns(500, 200),
    )
  })

  it('has one spelling, and any other bytes are refused by name', () => {
    const law = (bytes: Uint8Array, through: (bytes: Uint8Array) => Uint8Array): void => {
      let again: Uint8Array
      try {
        again = through(bytes)
      } catch (error) {
        expect(error).toHaveProperty('code', 'conference/bad-link')
        return
      }
      expect(again).toEqual(bytes)
    }
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(
          fc.constantFrom(1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 20, 21, 22),
          fc.uint8Array({ maxLength: 60 }),
        )
        .map(([type, rest]) => Uint8Array.of(type, ...rest)),
    )
    fc.assert(
      fc.property(bytes, given => {
        law(given, one => encodeToRelay(decodeToRelay(one)))
        law(given, one => encodeToCore(decodeToCore(one)))
      }),
      propertyRuns(3_000, 500),
    )
  })

  it('does not share memory with the bytes that it was read from', () => {
    const bytes = encodeToRelay({ kind: 'send', connection: 1, frame: Uint8Array.of(7) })
    const read = decodeToRelay(bytes)
    bytes.fill(0)
    expect(read).toEqual({ kind: 'send', connection: 1, frame: Uint8Array.of(7) })
  })

  it('is refused when it is longer than a frame can be', async () => {
    const bytes = new Uint8Array(maxLinkBytes + 1).fill(1)
    expect(await codeOf(() => decodeToRelay(bytes))).toBe('conference/bad-link')
    expect(await codeOf(() => decodeToCore(bytes))).toBe('conference/bad-link')
  })
})
