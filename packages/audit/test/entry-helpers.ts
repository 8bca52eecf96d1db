import type { AuditRecord } from '@chartseal/audit'
import { actions, outcomes, purposesOfUse } from '@chartseal/audit'
import type { KeyValue, Random } from '@chartseal/core/ports'
import fc from 'fast-check'

export const origin = 'clinic.example/audit'
export const atMs = 1_760_000_000_000

export const sample: AuditRecord = {
  at: atMs,
  actor: 'Practitioner/dr-weiss',
  action: 'read',
  patient: 'Patient/p-1',
  outcome: 'success',
  purposeOfUse: ['TREAT'],
  source: 'Device/ward-3',
  detail: {
    resource: 'Observation/7',
    client: { name: 'Device/tablet-9', address: '10.0.0.9' },
    server: { name: 'ehr.example', address: 'https://ehr.example/fhir' },
  },
}

/** Bytes that differ from call to call and are the same in each run. */
export function countingRandom(): Random {
  let calls = 0
  return {
    bytes(sizeBytes) {
      const number = ++calls
      return Uint8Array.from({ length: sizeBytes }, (_, i) => (number * 31 + i * 7 + (number >> 8)) & 0xff)
    },
  }
}

const name = fc.oneof(
  fc.stringMatching(/^[!-~]{1,40}$/),
  fc.stringMatching(/^(Patient|Device|Practitioner|Observation)\/[A-Za-z0-9.-]{1,20}$/),
  fc.constantFrom('Köln Süd', 'a', '患者-1', 'x'.repeat(256)),
)
const sha256 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const party = fc.record({
  name,
  address: fc.oneof(name, fc.constantFrom('10.0.0.1', '2001:db8::1', 'https://a.example/x', 'urn:x:y')),
})
const text = fc.stringMatching(/^[!-~][ -~\n\t]{0,80}$/)

export const anyRecord: fc.Arbitrary<AuditRecord> = fc
  .record({
    at: fc.integer({ min: 0, max: 253_402_300_799_999 }),
    actor: name,
    action: fc.constantFrom(...actions),
    patient: fc.option(name),
    outcome: fc.constantFrom(...outcomes),
    purposeOfUse: fc.uniqueArray(fc.constantFrom(...purposesOfUse), { maxLength: 4 }),
    source: name,
    detail: fc.record(
      {
        resource: name,
        query: text,
        client: party,
        server: party,
        text,
        digests: fc.array(fc.record({ name, sha256 }), { minLength: 1, maxLength: 3 }),
        imported: fc.record({ format: name, records: fc.maxSafeNat(), sha256 }),
        unmapped: text,
      },
      { requiredKeys: [] },
    ),
  })
  .map(record => {
    const breaks = record.action.startsWith('break-glass') && !record.purposeOfUse.includes('BTG')
    return breaks ? { ...record, purposeOfUse: [...record.purposeOfUse, 'BTG' as const] } : record
  })

/** Everything in a store, as a new one in memory. */
export async function copyOf(store: KeyValue, into: KeyValue): Promise<KeyValue> {
  for (const key of await store.keys()) await into.put(key, (await store.get(key)) ?? new Uint8Array(0))
  return into
}

/** Counts calls over several stores; the call with number `failing` (0) fails, and so does every later one. */
export class Outage {
  calls = 0
  readonly #failing: number
  readonly #effect: boolean

  /** With `effect`, the failing call does its work all the same. */
  constructor(failing: number, effect: boolean) {
    this.#failing = failing
    this.#effect = effect
  }

  on(store: KeyValue): KeyValue {
    const run = async <Result>(call: () => Promise<Result>): Promise<Result> => {
      const number = this.calls++
      if (number === this.#failing && this.#effect) await call()
      if (number >= this.#failing) throw new Error('the power is off')
      return call()
    }
    return {
      get: key => run(() => store.get(key)),
      put: (key, value) => run(() => store.put(key, value)),
      delete: key => run(() => store.delete(key)),
      keys: prefix => run(() => store.keys(prefix)),
    }
  }
}
