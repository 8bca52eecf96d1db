/** Everybody who is enrolled, found by name, key and id; and how many there are in which state. */
import { concat, equal } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { SecretBytes } from '@chartseal/core/keys'
import { partyError } from '../conference/errors.js'
import type { ConferenceSuite, EnrolledPatient } from '../conference/keys.js'
import { pskBytes, publicKeyBytesOf } from '../noise.js'
import { Person } from './person.js'
import type { MemberCounts } from './types.js'

const domain = encodeUtf8('chartseal/patient/v2')
const idBytes = 16

export class Roster {
  readonly #suite: ConferenceSuite
  readonly #byName = new Map<string, Person>()
  readonly #byKey = new Map<string, Person>()
  /** Ids of those who were removed for good. */
  readonly gone: Set<string> = new Set()
  connected = 0
  members = 0
  emergencyFor = 0
  emergencyReceived = 0

  constructor(suite: ConferenceSuite) {
    this.#suite = suite
  }

  /** In the order of enrolment. */
  all(): IterableIterator<Person> {
    return this.#byName.values()
  }

  byName(name: string): Person | null {
    return this.#byName.get(name) ?? null
  }

  /** @throws ChartsealError `conference/unknown-patient` */
  require(name: string): Person {
    const person = this.byName(name)
    if (person === null) throw partyError('conference/unknown-patient', { name })
    return person
  }

  byKey(key: string): Person | null {
    return this.#byKey.get(key) ?? null
  }

  byStatic(staticKey: Uint8Array): Person | null {
    const person = this.byKey(encodeHex(idOf(staticKey)))
    return person !== null && equal(person.staticKey, staticKey) ? person : null
  }

  /** Whether whoever has this key was removed for good. */
  isGone(staticKey: Uint8Array): boolean {
    return this.gone.has(encodeHex(idOf(staticKey)))
  }

  /**
   * The new person, or `null` for one who is enrolled with this key and secret already.
   * @throws ChartsealError `conference/bad-patient`; whoever has this name has to be taken out before
   */
  add({ name, staticKey, psk }: EnrolledPatient): Person | null {
    this.check({ name, staticKey, psk })
    const id = idOf(staticKey)
    const known = this.byStatic(staticKey)
    if (known?.name === name && equal(known.psk.reveal(), psk.reveal())) return null
    const person = new Person(
      id,
      encodeHex(id),
      name,
      Uint8Array.from(staticKey),
      new SecretBytes(psk.reveal()),
    )
    this.#byName.set(name, person)
    this.#byKey.set(person.key, person)
    return person
  }

  /** @throws ChartsealError `conference/bad-patient` for somebody who could not be told from others, or not let in */
  check({ name, staticKey, psk }: EnrolledPatient): void {
    const refuse = (reason: string): Error => partyError('conference/bad-patient', { name, reason })
    if (name === '' || !name.isWellFormed()) throw refuse('the name must be a text')
    if (staticKey.length !== publicKeyBytesOf(this.#suite)) throw refuse('the key is not of this suite')
    if (psk.reveal().length !== pskBytes) throw refuse(`the shared secret must have ${pskBytes} bytes`)
    const key = encodeHex(idOf(staticKey))
    if (this.gone.has(key)) throw refuse('they were removed for good')
    const known = this.byKey(key)
    if (known !== null && known.name !== name) throw refuse('somebody else has this key')
  }

  /** @throws ChartsealError `conference/bad-patient`, also for two of one name or key */
  checkAll(patients: readonly EnrolledPatient[]): void {
    const seen = new Set<string>()
    for (const patient of patients) {
      this.check(patient)
      const both = [`name ${patient.name}`, `key ${encodeHex(patient.staticKey)}`]
      if (both.some(one => seen.has(one))) {
        throw partyError('conference/bad-patient', { name: patient.name, reason: 'they are listed twice' })
      }
      for (const one of both) seen.add(one)
    }
  }

  remove(person: Person): void {
    this.#byName.delete(person.name)
    this.#byKey.delete(person.key)
    person.psk.wipe()
  }

  counts(): MemberCounts {
    return {
      enrolled: this.#byName.size,
      connected: this.connected,
      away: this.members - this.connected,
      emergencyFor: this.emergencyFor,
      emergencyReceived: this.emergencyReceived,
    }
  }

  /** Counts anew who has the newest emergency message; a walk over all. */
  countEmergency(sequence: bigint): void {
    const concerned = sequence === 0n ? [] : [...this.all()].filter(person => person.isFor(sequence))
    this.emergencyFor = concerned.length
    this.emergencyReceived = concerned.filter(({ acknowledged }) => acknowledged >= sequence).length
  }

  wipe(): void {
    for (const { psk } of this.all()) psk.wipe()
  }
}

function idOf(staticKey: Uint8Array): Uint8Array {
  return sha256(concat(domain, staticKey)).subarray(0, idBytes)
}
