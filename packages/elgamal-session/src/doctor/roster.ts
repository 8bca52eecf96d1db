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
  /** By name: the next direct message to those who are not enrolled any more, or have another device. */
  readonly former: Map<string, bigint> = new Map()
  /** Such a number for those of whom no name is known. */
  formerNext = 1n
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

  /** Takes in those who {@link Roster.check} let pass, but for who is enrolled with this key and secret already. */
  add(patients: readonly EnrolledPatient[]): void {
    for (const { name, staticKey, psk } of patients) {
      const id = idOf(staticKey)
      const key = encodeHex(id)
      const known = this.byKey(key)
      if (known !== null && equal(known.psk.reveal(), psk.reveal())) continue
      const person = new Person(id, key, name, Uint8Array.from(staticKey), new SecretBytes(psk.reveal()))
      this.#byName.set(name, person)
      this.#byKey.set(key, person)
    }
  }

  /** @throws ChartsealError `conference/bad-patient` for somebody who could not be told from others, or not let in */
  check(patients: readonly EnrolledPatient[]): void {
    const seen = new Set<string>()
    for (const patient of patients) {
      const key = encodeHex(idOf(patient.staticKey))
      const both = [`name ${patient.name}`, key]
      const isTwice = both.some(one => seen.has(one))
      const problem = isTwice ? 'they are listed twice' : this.#problemOf(patient, key)
      if (problem !== null) {
        throw partyError('conference/bad-patient', { name: patient.name, reason: problem })
      }
      for (const one of both) seen.add(one)
    }
  }

  #problemOf({ name, staticKey, psk }: EnrolledPatient, key: string): string | null {
    if (name === '' || !name.isWellFormed()) return 'the name must be a text'
    if (staticKey.length !== publicKeyBytesOf(this.#suite)) return 'the key is not of this suite'
    if (psk.reveal().length !== pskBytes) return `the shared secret must have ${pskBytes} bytes`
    if (this.gone.has(key)) return 'they were removed for good'
    const known = this.byKey(key)
    return known !== null && known.name !== name ? 'somebody else has this key' : null
  }

  remove(person: Person): void {
    this.#byName.delete(person.name)
    this.#byKey.delete(person.key)
    this.former.set(person.name, person.nextDirect)
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
