import { fromBigIntBE } from '@chartseal/core/bytes'
import { decodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { createHandshake, maxMessageBytes, StaticKey } from '@chartseal/elgamal-session/noise'
import { groups } from '@chartseal/elgamal-session/v1'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dh25519 } from '../dist/noise/dh-25519.js'
import { HandshakeState } from '../dist/noise/handshake-state.js'
import { patterns } from '../dist/noise/patterns.js'
import { doctorOf, type Known, known, pairOf, patientOf, patternNames, suites } from './noise-support.js'

const nothing = new Uint8Array()
const given = known('25519')
const ffdhe = known('ffdhe3072')
const stranger = known('25519', 99)

const code = (attempt: () => unknown): Promise<string> => codeOf(attempt)
const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

describe.each(patternNames)('a message of %s', pattern => {
  it('is refused with any one bit changed, whichever it is', async () => {
    const hello = patientOf(pattern, given).write(Uint8Array.of(1, 2, 3))
    for (let bit = 0; bit < 8 * hello.length; bit++) {
      // 25519 does not look at the highest bit of a key, but it is hashed.
      expect(await code(() => doctorOf(pattern, given).read(flipped(hello, bit)))).toBe('open/failed')
    }
  })

  it('is refused when it was cut anywhere, or lengthened', async () => {
    const hello = patientOf(pattern, given).write(Uint8Array.of(1, 2, 3))
    for (let length = 0; length < hello.length; length++)
      expect(await code(() => doctorOf(pattern, given).read(hello.subarray(0, length)))).toBe('open/failed')
    const long = Uint8Array.of(...hello, 0)
    expect(await code(() => doctorOf(pattern, given).read(long))).toBe('open/failed')
    const huge = new Uint8Array(maxMessageBytes + 1)
    huge.set(hello)
    expect(await code(() => doctorOf(pattern, given).read(huge))).toBe('open/failed')
  })

  it('is refused as an answer in any one bit changed, or cut', async () => {
    const attempts = fc.oneof(
      fc.nat(8 * 55 - 1).map(bit => (answer: Uint8Array) => flipped(answer, bit)),
      fc.nat(54).map(length => (answer: Uint8Array) => answer.subarray(0, length)),
    )
    const law = fc.asyncProperty(attempts, async change => {
      const { patient, doctor } = pairOf(pattern, given)
      doctor.read(patient.write(nothing))
      const answer = doctor.write(new Uint8Array(7))
      expect(await code(() => patient.read(change(answer)))).toBe('open/failed')
      expect(await code(() => patient.split())).toContain('TypeError')
    })
    await fc.assert(law, propertyRuns(150, 40))
  })

  it('is refused for any bytes that nobody wrote', async () => {
    const law = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      expect(await code(() => doctorOf(pattern, given).read(bytes))).toBe('open/failed')
    })
    await fc.assert(law, propertyRuns(100, 30))
  })

  it.each<[string, (known: Known) => Known]>([
    ['another prologue', one => ({ ...one, prologue: Uint8Array.of(1) })],
    ['another psk', one => ({ ...one, psk: stranger.psk })],
  ])('is refused in the end by a doctor with %s', async (_, change) => {
    const patient = patientOf(pattern, given)
    const doctor = doctorOf(pattern, change(given))
    expect(
      await code(() => {
        doctor.read(patient.write(nothing))
        patient.read(doctor.write(nothing))
      }),
    ).toBe('open/failed')
  })

  it('is refused by whoever wrote it', async () => {
    const { patient, doctor } = pairOf(pattern, given)
    const hello = patient.write(Uint8Array.of(1))
    expect(await code(() => patient.read(hello))).toBe('open/failed')
    doctor.read(hello)
    expect(await code(() => doctor.read(doctor.write(nothing)))).toContain('TypeError')
  })

  it('is refused when it comes a second time, or belongs to another handshake', async () => {
    const [one, two] = [pairOf(pattern, given), pairOf(pattern, given)]
    one.doctor.read(one.patient.write(nothing))
    two.doctor.read(two.patient.write(nothing))
    const [first, second] = [one.doctor.write(nothing), two.doctor.write(nothing)]
    expect(await code(() => one.patient.read(second))).toBe('open/failed')
    two.patient.read(second)
    expect(await code(() => two.patient.read(first))).toContain('TypeError')
  })

  it('may not be written out of turn, and a handshake is over after a mistake', async () => {
    expect(await code(() => doctorOf(pattern, given).write(nothing))).toContain('TypeError')
    expect(await code(() => patientOf(pattern, given).read(nothing))).toContain('TypeError')
    const { patient, doctor } = pairOf(pattern, given)
    expect(await code(() => doctor.read(nothing))).toBe('open/failed')
    expect(await code(() => doctor.read(patient.write(nothing)))).toContain('TypeError')
    expect(await code(() => patient.split())).toContain('TypeError')
    expect(await code(() => patient.read(nothing))).toContain('TypeError')
  })

  it('has at most 65,535 bytes', async () => {
    const room = maxMessageBytes - patientOf(pattern, given).write(nothing).length
    const longest = patientOf(pattern, given).write(new Uint8Array(room))
    expect(doctorOf(pattern, given).read(longest).length).toBe(room)
    expect(await code(() => patientOf(pattern, given).write(new Uint8Array(room + 1)))).toContain(
      'RangeError',
    )
  })
})

describe('IKpsk2', () => {
  it('lets a stranger learn no more than that it failed', async () => {
    const unknown = patientOf('IKpsk2', { ...given, patientKey: stranger.patientKey })
    expect(await code(() => doctorOf('IKpsk2', given).read(unknown.write(nothing)))).toBe('open/failed')
  })

  it('cannot be begun in the name of a patient whose private key one does not have', async () => {
    // Their public key can be sent, but not agreed with.
    const impostor = new HandshakeState({
      ...{ pattern: patterns.IKpsk2, dh: dh25519, role: 'initiator', prologue: given.prologue },
      staticPair: { ...stranger.patientKey.pair(), publicKey: given.patientKey.publicKey },
      theirStatic: dh25519.remoteKeyOf(given.doctorKey.publicKey),
      ...{ accepts: () => false, nextPsk: () => given.psk.reveal(), random: systemRandom },
    })
    expect(await code(() => doctorOf('IKpsk2', given).read(impostor.write(nothing)))).toBe('open/failed')
  })

  it('cannot be answered by somebody else than the doctor', async () => {
    const hello = patientOf('IKpsk2', given).write(nothing)
    const impostor = doctorOf('IKpsk2', { ...given, doctorKey: stranger.doctorKey })
    expect(await code(() => impostor.read(hello))).toBe('open/failed')
  })

  it('tells the doctor who it says it is, and leaves their copy of the key alone', () => {
    const asked: Uint8Array[] = []
    const doctor = createHandshake({
      ...{ pattern: 'IKpsk2', role: 'responder', suite: '25519', prologue: given.prologue },
      ...{ random: systemRandom, staticKey: given.doctorKey },
      pskOf(theirs) {
        asked.push(Uint8Array.from(theirs))
        theirs.fill(0)
        return given.psk
      },
    })
    const patient = patientOf('IKpsk2', given)
    doctor.read(patient.write(nothing))
    expect(asked).toEqual([given.patientKey.publicKey])
    patient.read(doctor.write(nothing))
    expect(doctor.split().handshakeHash).toEqual(patient.split().handshakeHash)
  })

  it('gives its keys once', async () => {
    const { patient, doctor } = pairOf('IKpsk2', given)
    expect(await code(() => patient.split())).toContain('TypeError')
    doctor.read(patientOf('IKpsk2', given).write(nothing))
    doctor.write(nothing)
    doctor.split()
    expect(await code(() => doctor.split())).toContain('TypeError')
    expect(doctor.isComplete).toBe(false)
  })
})

const prime = 2n ** 255n - 19n
const littleEndian = (value: bigint): Uint8Array => fromBigIntBE(value, 32).reverse()
const smallOrders = [
  ...[0n, 1n, prime - 1n, prime, prime + 1n].map(littleEndian),
  decodeHex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
  decodeHex('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'),
].flatMap(u => [u, u.map((byte, i) => (i === 31 ? byte | 0x80 : byte))])

const { p, q } = groups.ffdhe3072
const outside = [0n, 1n, p - 1n, p, p + 4n, p - 4n, 2n ** 3072n - 1n].map(y => fromBigIntBE(y, 384))
const badKeys = [
  ...smallOrders.map(key => ['25519', key] as const),
  ...outside.map(key => ['ffdhe3072', key] as const),
]

describe.each(badKeys)('a bad key of %s (%#)', (suite, bad) => {
  const own = suite === '25519' ? given : ffdhe
  it('is refused as an ephemeral key, in both directions', async () => {
    const law = async (pattern: 'IKpsk2' | 'NNpsk0'): Promise<void> => {
      const { patient, doctor } = pairOf(pattern, own)
      doctor.read(patient.write(nothing))
      const answer = doctor.write(nothing)
      answer.set(bad)
      expect(await code(() => patient.read(answer))).toBe('open/failed')
      const hello = patientOf(pattern, own).write(nothing)
      hello.set(bad)
      expect(await code(() => doctorOf(pattern, own).read(hello))).toBe('open/failed')
    }
    await law('IKpsk2')
    await law('NNpsk0')
  })

  it('is refused as the static key of the other side', async () => {
    const attempt = (): Uint8Array =>
      createHandshake({
        ...{ pattern: 'IKpsk2', role: 'initiator', suite, prologue: nothing, random: systemRandom },
        ...{ staticKey: own.patientKey, psk: own.psk, theirStatic: bad },
      }).write(nothing)
    expect(await code(attempt)).toBe('key/invalid')
  })
})

describe('what is given for a handshake', () => {
  const common = { pattern: 'IKpsk2', prologue: nothing, random: systemRandom } as const
  const initiator = { ...common, role: 'initiator', suite: '25519', staticKey: given.patientKey } as const
  const { psk } = given
  const theirStatic = given.doctorKey.publicKey

  it('must have the length of its kind', async () => {
    const short = new SecretBytes(new Uint8Array(31))
    expect(await code(() => createHandshake({ ...initiator, theirStatic, psk: short }))).toBe(
      'key/wrong-length',
    )
    expect(
      await code(() => createHandshake({ ...initiator, psk, theirStatic: theirStatic.subarray(1) })),
    ).toBe('key/wrong-length')
    const doctor = createHandshake({
      ...{ ...common, role: 'responder', suite: '25519', staticKey: given.doctorKey },
      pskOf: () => short,
    })
    const hello = createHandshake({ ...initiator, psk, theirStatic }).write(nothing)
    expect(await code(() => doctor.read(hello))).toBe('key/wrong-length')
    expect(await code(() => new StaticKey('25519', short))).toBe('key/wrong-length')
    expect(await code(() => new StaticKey('ffdhe3072', short))).toBe('key/wrong-length')
  })

  it('must be a key of the same suite', async () => {
    const attempt = () => createHandshake({ ...initiator, staticKey: ffdhe.patientKey, theirStatic, psk })
    expect(await code(attempt)).toContain('TypeError')
  })

  it('must not be wiped before the handshake is over', async () => {
    const own = known('25519', 3)
    const patient = patientOf('IKpsk2', own)
    own.patientKey.wipe()
    expect(own.patientKey.isWiped).toBe(true)
    expect(await code(() => patient.write(nothing))).toBe('key/wiped')
    expect(await code(() => patientOf('IKpsk2', own))).toBe('key/wiped')
    const { patient: again, doctor } = pairOf('IKpsk2', given)
    again.write(nothing)
    again.wipe()
    expect(await code(() => again.read(nothing))).toContain('TypeError')
    doctor[Symbol.dispose]()
    expect(await code(() => doctor.read(nothing))).toContain('TypeError')
  })

  it.each([0n, 2n ** 275n - 1n, 2n ** 276n, q])(
    'must be a private key of ffdhe3072 in its range: %#',
    async x => {
      const bytes = fromBigIntBE(x % 2n ** 280n, 35)
      expect(await code(() => new StaticKey('ffdhe3072', new SecretBytes(bytes)))).toBe('key/invalid')
    },
  )
})

describe.each(suites)('%s', suite => {
  it('does not open what was made for the other suite', async () => {
    const [own, other] = suite === '25519' ? [given, ffdhe] : [ffdhe, given]
    const hello = patientOf('NNpsk0', other).write(nothing)
    expect(await code(() => doctorOf('NNpsk0', own).read(hello))).toBe('open/failed')
  })
})
