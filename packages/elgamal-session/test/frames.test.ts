import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  decodeHeader,
  encodeHeader,
  FrameOpener,
  FrameSealer,
  flags,
  frameKindOf,
  type Header,
  headerBytes,
  maxFrameBytesBefore,
  maxFrameBytesOfMembers,
  opcodes,
  openFrame,
  payloadOf,
  requireFrameSize,
  sealFrame,
} from '@chartseal/elgamal-session/frames'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const { signed, head, emergency, resume, clear } = flags
const kinds = [
  ['hello', opcodes.hello, 0],
  ['hello', opcodes.hello, resume],
  ['session', opcodes.verification, 0],
  ['session', opcodes.ticket, 0],
  ['session', opcodes.groupKey, 0],
  ['signed', opcodes.groupKey, signed],
  ['session', opcodes.message, 0],
  ['session', opcodes.message, emergency],
  ['signed', opcodes.message, signed],
  ['signed', opcodes.message, signed | emergency],
  ['head', opcodes.message, signed | head],
  ['session', opcodes.received, 0],
  ['session', opcodes.disconnect, 0],
  ['clear', opcodes.disconnect, clear],
  ['signed', opcodes.disconnect, signed],
  ['session', opcodes.alreadyActive, 0],
  ['session', opcodes.blocked, 0],
  ['session', opcodes.exit, 0],
] as const

const suites = ['25519', 'ffdhe3072'] as const
const epochs = fc.nat(2 ** 32 - 1)
const sequences = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const headers: fc.Arbitrary<Header> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    suite: fc.constantFrom(...suites),
    epoch: epochs,
    sequence: sequences,
  })
  .map(({ kind: [, opcode, flags], ...rest }) => ({ opcode, flags, ...rest }))
const key = AeadKey.generate(systemRandom)
const any = fc.uint8Array({ maxLength: 300 })

describe('the header of a frame', () => {
  it('has one spelling: what decodes is what encodes', () => {
    const law = fc.property(headers, any, (header, payload) => {
      const frame = Uint8Array.of(...encodeHeader(header), ...payload)
      expect(decodeHeader(frame)).toEqual(header)
      expect(payloadOf(frame)).toEqual(payload)
    })
    fc.assert(law, propertyRuns())
  })

  it('is refused or encoded again to the same bytes, whatever the bytes are', async () => {
    const likely = fc
      .tuple(fc.constantFrom(2, 1, 3), fc.nat(255), fc.nat(40), fc.nat(3), any)
      .map(([version, opcode, bits, suite, rest]) => Uint8Array.of(version, opcode, bits, suite, ...rest))
    const law = fc.asyncProperty(fc.oneof(likely, any), async bytes => {
      const code = await codeOf(() => {
        const header = decodeHeader(bytes)
        expect(encodeHeader(header)).toEqual(bytes.subarray(0, headerBytes))
      })
      expect(['accepted', 'conference/bad-frame']).toContain(code)
    })
    await fc.assert(law, propertyRuns(1_000, 200))
  })

  it('stands as the byte table says', () => {
    const header: Header = {
      ...{ opcode: opcodes.message, flags: signed | emergency, suite: 'ffdhe3072' },
      ...{ epoch: 0x01020304, sequence: 0x05060708090a0b0cn },
    }
    expect(encodeHeader(header)).toEqual(Uint8Array.of(2, 40, 10, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
  })

  it('is read at any place of a larger memory', () => {
    const header = decodeHeader(encodeHeader({ ...session, sequence: 7n }))
    const memory = new Uint8Array(40)
    memory.set(encodeHeader(header), 13)
    expect(decodeHeader(memory.subarray(13))).toEqual(header)
  })

  it('has for each opcode the flags of the table and no others', async () => {
    const listed = new Set(kinds.map(([, opcode, bits]) => `${opcode}/${bits}`))
    const good = encodeHeader(session)
    const numbers = Array.from({ length: 256 }, (_, number) => number)
    const known = new Set<number>(Object.values(opcodes))
    // Of an opcode that there is, all flags; of another, none of them.
    for (const opcode of numbers)
      for (const bits of known.has(opcode) ? numbers : [0, signed]) {
        good.set([opcode, bits], 1)
        const isTaken = (await codeOf(() => decodeHeader(good))) === 'accepted'
        if (isTaken !== listed.has(`${opcode}/${bits}`)) expect([opcode, bits, isTaken]).toBeNull()
      }
  })

  it.each(kinds)('is that of a frame of kind %s for opcode %i with flags %i', (kind, opcode, bits) => {
    expect(frameKindOf({ ...session, opcode, flags: bits })).toBe(kind)
  })

  it('is refused by name in another version, suite or length', async () => {
    const good = encodeHeader(session)
    for (const [at, value] of [
      [0, 1],
      [0, 3],
      [3, 0],
      [3, 3],
    ] as const) {
      const bad = Uint8Array.from(good)
      bad[at] = value
      expect(await codeOf(() => decodeHeader(bad))).toBe('conference/bad-frame')
    }
    for (let length = 0; length < headerBytes; length++)
      expect(await codeOf(() => decodeHeader(good.subarray(0, length)))).toBe('conference/bad-frame')
  })

  it('is not encoded with numbers or flags that have no place in it', () => {
    const bad: readonly Partial<Header>[] = [
      { epoch: -1 },
      { epoch: 2 ** 32 },
      { epoch: 0.5 },
      { sequence: -1n },
      { sequence: 2n ** 64n },
      { flags: 32 },
      { flags: clear },
    ]
    for (const part of bad) expect(() => encodeHeader({ ...session, ...part })).toThrow(RangeError)
  })
})

const session: Header = { opcode: opcodes.exit, flags: 0, suite: '25519', epoch: 3, sequence: 1n }

describe('a frame of a session', () => {
  it('opens to what was sealed, under its key only', async () => {
    const other = AeadKey.generate(systemRandom)
    const law = fc.asyncProperty(
      any,
      epochs,
      fc.bigInt(1n, 2n ** 64n - 2n),
      async (text, epoch, sequence) => {
        const header = { ...session, epoch, sequence }
        const frame = sealFrame(header, key, text)
        expect(frame.length).toBe(headerBytes + text.length + 16)
        expect(openFrame(frame, key)).toEqual({ header, plaintext: text })
        expect(await codeOf(() => openFrame(frame, other))).toBe('open/failed')
      },
    )
    await fc.assert(law, propertyRuns())
  })

  it('does not open with any bit changed, or cut anywhere', async () => {
    const frame = sealFrame(session, key, Uint8Array.of(1, 2, 3))
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const bad = frame.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      expect(['conference/bad-frame', 'open/failed']).toContain(await codeOf(() => openFrame(bad, key)))
    }
    for (let length = 0; length < frame.length; length++) {
      const code = await codeOf(() => openFrame(frame.subarray(0, length), key))
      expect(['conference/bad-frame', 'open/failed']).toContain(code)
    }
  })

  it('is none where the header says that it is for all, in clear, or a hello', async () => {
    for (const [kind, opcode, bits] of kinds) {
      if (kind === 'session') continue
      const header = { ...session, opcode, flags: bits }
      expect(() => sealFrame(header, key, new Uint8Array())).toThrow(RangeError)
      const frame = Uint8Array.of(...encodeHeader(header), ...new Uint8Array(40))
      expect(await codeOf(() => openFrame(frame, key))).toBe('conference/bad-frame')
    }
  })

  it('has a number from 1 to 2^64 - 2', () => {
    for (const sequence of [0n, 2n ** 64n - 1n])
      expect(() => sealFrame({ ...session, sequence }, key, new Uint8Array())).toThrow(RangeError)
  })
})

describe('the frames of one direction', () => {
  const ends = (): [FrameSealer, FrameOpener] => {
    const bytes = systemRandom.bytes(32)
    return [new FrameSealer('25519', new AeadKey(bytes)), new FrameOpener('25519', new AeadKey(bytes))]
  }
  const seal = (sealer: FrameSealer): Uint8Array => sealer.seal(opcodes.received, 0, Uint8Array.of(1))

  it('are numbered from 1, each number once', () => {
    const [sealer, opener] = ends()
    for (let i = 1n; i < 20n; i++) expect(opener.open(seal(sealer)).header.sequence).toBe(i)
  })

  it('open in their order, with gaps and never twice, and what fails moves nothing on', async () => {
    const law = fc.asyncProperty(fc.array(fc.nat(11), { maxLength: 30 }), async order => {
      const [sealer, opener] = ends()
      const frames = Array.from({ length: 12 }, () => seal(sealer))
      let last = -1
      for (const i of order) {
        const frame = frames[i] ?? new Uint8Array()
        const forged = frame.map((byte, at) => (at === frame.length - 1 ? byte ^ 1 : byte))
        const expected = i > last ? 'accepted' : 'conference/out-of-order'
        expect(await codeOf(() => opener.open(forged))).toBe(i > last ? 'open/failed' : expected)
        expect(await codeOf(() => opener.open(frame))).toBe(expected)
        last = Math.max(last, i)
      }
    })
    await fc.assert(law, propertyRuns(60, 20))
  })

  it('do not open in the other direction, under another suite, or when the key was wiped', async () => {
    const [sealer, opener] = ends()
    const [other] = ends()
    expect(await codeOf(() => opener.open(seal(other)))).toBe('open/failed')
    const foreign = new FrameSealer('ffdhe3072', new AeadKey(key.reveal()))
    expect(await codeOf(() => opener.open(seal(foreign)))).toBe('conference/bad-frame')
    const frame = seal(sealer)
    for (const end of [sealer, opener]) end.wipe()
    expect(await codeOf(() => seal(sealer))).toBe('key/wiped')
    expect(await codeOf(() => opener.open(frame))).toBe('key/wiped')
  })

  it('use no number for what could not be sealed', () => {
    const [sealer, opener] = ends()
    expect(() => sealer.seal(opcodes.received, 0, Uint8Array.of(), signed)).toThrow(RangeError)
    expect(opener.open(seal(sealer)).header.sequence).toBe(1n)
  })
})

describe('the size of a frame', () => {
  it('has a limit for strangers and a higher one for members', async () => {
    expect([maxFrameBytesBefore, maxFrameBytesOfMembers]).toEqual([65_536, 1_048_576])
    expect(await codeOf(() => requireFrameSize(65_536, maxFrameBytesBefore))).toBe('accepted')
    expect(await codeOf(() => requireFrameSize(65_537, maxFrameBytesBefore))).toBe(
      'conference/frame-too-large',
    )
  })
})
