/** Books and seats as bytes, in deterministic CBOR. Byte table: docs/spec/conference-v2.md. */
import { CborFields } from '@chartseal/core/cbor'
import { SigningKey } from '@chartseal/core/ed25519'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import type { ConferenceSuite, StaticKeyPair } from '@chartseal/elgamal-session'
import type { BookPatient, ConferenceBook } from './book.js'
import { enrolmentError } from './errors.js'
import type { ConferenceSeat } from './seat.js'
import { idBytes, isSuite, maxTitleBytes, pskBytes, signingKeyBytes, staticKeyBytes } from './sizes.js'
import { readStaticKey } from './static-key.js'

const version = 1
const common = ['v', 'kind', 'id', 'suite', 'title', 'until', 'static']

/** The caller wipes the bytes. */
export function encodeBook(book: ConferenceBook): Uint8Array {
  return encodeCbor({
    ...commonOf('book', book),
    signing: book.signingKey.reveal(),
    patients: [...book.patients.values()].map(({ pair, name, psk, staticKey }) => ({
      pair,
      name,
      psk: psk.reveal(),
      static: staticKey ?? new Uint8Array(),
    })),
  })
}

/** Takes over `bytes` and wipes them. @throws ChartsealError `enrolment/damaged` */
export function decodeBook(bytes: Uint8Array): ConferenceBook {
  return reading('conference file', bytes, () => {
    const map = fieldsOf(bytes, 'book', ['signing', 'patients'])
    const shared = readCommon(map)
    const patients = map
      .maps('patients', ['pair', 'name', 'psk', 'static'])
      .map(one => readPatient(one, shared.suite))
    const byPair = new Map(patients.map(one => [one.pair, one] as const))
    const names = new Set(patients.map(({ name }) => name))
    if (byPair.size !== patients.length || names.size !== patients.length)
      throw new Error('two patients are of one pair or have one name')
    return {
      ...shared,
      signingKey: secretIn(map, 'signing', signingKeyBytes, one => new SigningKey(one)),
      patients: byPair,
    }
  })
}

/** The caller wipes the bytes. */
export function encodeSeat(seat: ConferenceSeat): Uint8Array {
  const { doctorName, doctorStatic, doctorSigning, psk } = seat
  const pins = { doctor: doctorName, ds: doctorStatic, dk: doctorSigning }
  return encodeCbor({ ...commonOf('seat', seat), ...pins, psk: psk.reveal() })
}

/** Takes over `bytes` and wipes them. @throws ChartsealError `enrolment/damaged` */
export function decodeSeat(bytes: Uint8Array): ConferenceSeat {
  return reading('seat', bytes, () => {
    const map = fieldsOf(bytes, 'seat', ['doctor', 'ds', 'dk', 'psk'])
    const shared = readCommon(map)
    const pinned = {
      doctorName: map.text('doctor'),
      doctorStatic: map.bytes('ds', staticKeyBytes[shared.suite]),
      doctorSigning: map.bytes('dk', signingKeyBytes),
    }
    return { ...shared, ...pinned, psk: secretIn(map, 'psk', pskBytes, one => new SecretBytes(one)) }
  })
}

interface Common {
  readonly id: Uint8Array
  readonly suite: ConferenceSuite
  readonly title: string
  readonly untilMs: number
  readonly staticKey: StaticKeyPair
}

function commonOf(kind: string, { id, suite, title, untilMs, staticKey }: Common): Record<string, CborValue> {
  return { v: version, kind, id, suite, title, until: untilMs, static: staticKey.privateKey.reveal() }
}

function fieldsOf(bytes: Uint8Array, kind: string, more: readonly string[]): CborFields {
  const map = new CborFields(decodeCbor(bytes), [...common, ...more])
  map.count('v', version, version)
  if (map.text('kind') !== kind) throw new Error(`it must be a ${kind}`)
  return map
}

function readCommon(map: CborFields): Common {
  const suite = map.text('suite')
  if (!isSuite(suite)) throw new Error('its suite is unknown')
  const common = {
    id: map.bytes('id', idBytes),
    suite,
    title: map.text('title', maxTitleBytes),
    untilMs: map.count('until'),
  }
  const secret = map.bytes('static')
  try {
    return { ...common, staticKey: readStaticKey(suite, secret) }
  } finally {
    secret.fill(0)
  }
}

function readPatient(map: CborFields, suite: ConferenceSuite): BookPatient {
  const staticKey = map.bytes('static')
  if (staticKey.length !== 0 && staticKey.length !== staticKeyBytes[suite])
    throw new Error('a key has another length')
  return {
    pair: map.text('pair'),
    name: map.text('name'),
    psk: secretIn(map, 'psk', pskBytes, one => new SecretBytes(one)),
    staticKey: staticKey.length === 0 ? null : staticKey,
  }
}

function secretIn<Secret>(
  map: CborFields,
  name: string,
  sizeBytes: number,
  make: (bytes: Uint8Array) => Secret,
): Secret {
  const bytes = map.bytes(name, sizeBytes)
  try {
    return make(bytes)
  } finally {
    bytes.fill(0)
  }
}

function reading<Value>(what: string, bytes: Uint8Array, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    throw enrolmentError('enrolment/damaged', { what, reason })
  } finally {
    bytes.fill(0)
  }
}
