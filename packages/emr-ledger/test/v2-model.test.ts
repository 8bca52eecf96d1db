import { type CborValue, encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import {
  applyRecords,
  type Claims,
  encodeRoster,
  genesisState,
  type LedgerRecord,
  LedgerState,
  StateTree,
  treeStep,
} from '@chartseal/emr-ledger'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytes32,
  forged,
  genesisOf,
  ledgerOf,
  NodeMap,
  order,
  Person,
  rootByDefinition,
  rosterOf,
  salt16,
  signed,
} from './v2-world.js'

const people = [
  new Person(1, ['prescriber']),
  new Person(2, ['prescriber', 'registrar', 'dispenser']),
  new Person(3, ['dispenser']),
  new Person(4, ['prescriber'], 4n),
  new Person(5, ['registrar']),
]
const stranger = new Person(6, ['prescriber', 'dispenser', 'registrar'])
const signers = [...people, stranger]
const ledger = ledgerOf(people)
const engine = defaultEngine()

/** What the state is by the words of the contract: maps, and nothing of the package. */
interface Prescription {
  readonly txid: Uint8Array
  readonly prescriber: Uint8Array
  readonly quantity: number
  readonly validUntil: bigint
  dispensed: number
  status: string
  last: Uint8Array
  replacedBy: Uint8Array | null
}

class Model {
  readonly prescriptions: Prescription[] = []
  readonly seqs = new Map<Person, bigint>()

  /** The code that a record is refused with; `null`, and the model has changed, where it is taken. */
  judge(record: LedgerRecord, by: Person, isForged: boolean, height: bigint, time: bigint): string | null {
    const { claims, txid } = record
    if (encodeHex(claims.ledger) !== encodeHex(ledger)) return 'ledger/other-ledger'
    if (by === stranger || height >= (by.member.until ?? height + 1n)) return 'ledger/not-a-member'
    if (!rolesOf(claims.kind).some(role => by.member.roles.some(own => own === role))) return 'ledger/role'
    if (claims.seq !== (this.seqs.get(by) ?? 1n)) return 'ledger/seq'
    const named = 'prescription' in claims ? this.find(claims.prescription) : null
    const refused = named === null ? null : refusalOf(claims, named, by, height, time)
    if (refused !== null) return refused
    if (isForged) return 'ledger/signature'
    this.take(claims, txid, named ?? null)
    this.seqs.set(by, claims.seq + 1n)
    return null
  }

  find(txid: Uint8Array): Prescription | undefined {
    return this.prescriptions.find(one => encodeHex(one.txid) === encodeHex(txid))
  }

  take(claims: Claims, txid: Uint8Array, named: Prescription | null): void {
    if (named !== null) named.last = txid
    if (named !== null && claims.kind === 'cancel') named.status = 'cancelled'
    if (named !== null && claims.kind === 'replace') [named.status, named.replacedBy] = ['replaced', txid]
    if (named !== null && claims.kind === 'dispense') {
      named.dispensed += claims.quantity
      named.status = named.dispensed === named.quantity ? 'dispensed' : 'partly'
    }
    if (claims.kind !== 'prescribe' && claims.kind !== 'replace') return
    const { signer: prescriber, quantity, validUntil } = claims
    const rest = { dispensed: 0, status: 'ready', last: txid, replacedBy: null }
    this.prescriptions.push({ txid, prescriber, quantity, validUntil, ...rest })
  }

  root(): Uint8Array {
    const leaf = (name: Uint8Array, value: Uint8Array) => ({ key: engine.sha256(name), value })
    return rootByDefinition([
      leaf(encodeUtf8('roster'), encodeRoster(rosterOf(people))),
      ...[...this.seqs].map(([by, next]) =>
        leaf(Uint8Array.from([...encodeUtf8('signer'), 0, ...by.kid]), encodeCbor(next)),
      ),
      ...this.prescriptions.map(({ txid, replacedBy, ...rest }) => {
        const value: CborValue = replacedBy === null ? rest : { ...rest, replacedBy }
        return leaf(txid, encodeCbor(value))
      }),
    ])
  }
}

const rolesOf = (kind: Claims['kind']): readonly string[] =>
  ({
    prescribe: ['prescriber'],
    cancel: ['prescriber', 'registrar'],
    replace: ['prescriber'],
    dispense: ['dispenser'],
    roster: ['registrar'],
  })[kind]

function refusalOf(
  claims: Claims,
  named: Prescription | undefined,
  by: Person,
  height: bigint,
  time: bigint,
): string | null {
  if (named === undefined) return 'ledger/unknown-prescription'
  if (named.status !== 'ready' && named.status !== 'partly') return 'ledger/not-open'
  const prescriber = people.find(({ kid }) => encodeHex(kid) === encodeHex(named.prescriber))
  const hasLeft = height >= (prescriber?.member.until ?? height + 1n)
  const mayEnd = prescriber === by || (hasLeft && by.member.roles.includes('registrar'))
  if (claims.kind !== 'dispense' && !mayEnd) return 'ledger/not-the-prescriber'
  if ('previous' in claims && encodeHex(claims.previous) !== encodeHex(named.last))
    return 'ledger/stale-change'
  if (claims.kind !== 'dispense') return null
  if (time >= named.validUntil) return 'ledger/expired'
  return claims.quantity > named.quantity - named.dispensed ? 'ledger/too-many-units' : null
}

/** One in eight or so of each is wrong; `which` and `who` choose by what is there. */
const wish = fc.record({
  kind: fc.constantFrom('prescribe', 'prescribe', 'dispense', 'dispense', 'dispense', 'cancel', 'replace'),
  who: fc.nat(9),
  which: fc.nat(999),
  units: fc.integer({ min: 1, max: 3 }),
  days: fc.nat(30),
  wrong: fc.constantFrom(null, null, null, null, 'seq', 'previous', 'prescription', 'ledger', 'signature'),
})
type Wish = typeof wish extends fc.Arbitrary<infer Value> ? Value : never

/** Mostly somebody who may, and mostly a prescription that is open. */
function whoOf({ kind, who }: Wish, named: Prescription | undefined): Person {
  const own = people.find(({ kid }) => named !== undefined && encodeHex(kid) === encodeHex(named.prescriber))
  const dispenser = people[1 + (who % 2)]
  const able = kind === 'prescribe' ? people[[0, 1, 3][who % 3] ?? 0] : kind === 'dispense' ? dispenser : own
  return (who < 7 ? able : signers[(who * 7) % signers.length]) ?? stranger
}

function recordOf(model: Model, asked: Wish): { readonly record: LedgerRecord; readonly by: Person } {
  const { kind, which, units, days, wrong } = asked
  const open = model.prescriptions.filter(({ status }) => status === 'ready' || status === 'partly')
  const among = which % 5 === 0 || open.length === 0 ? model.prescriptions : open
  const named = among[which % Math.max(1, among.length)]
  const by = whoOf(asked, named)
  const head = {
    ledger: wrong === 'ledger' ? bytes32(0) : ledger,
    signer: by.kid,
    seq: (model.seqs.get(by) ?? 1n) + (wrong === 'seq' ? 1n : 0n),
    authoredOn: 0n,
  }
  const wanted = { ...order, validUntil: BigInt(days), quantity: units }
  const change = {
    prescription: wrong === 'prescription' || named === undefined ? bytes32(8) : named.txid,
    previous: wrong === 'previous' || named === undefined ? bytes32(8) : named.last,
  }
  const claims: { readonly [kind: string]: Claims } = {
    prescribe: { kind: 'prescribe', ...head, ...wanted },
    cancel: { kind: 'cancel', ...head, ...change },
    replace: { kind: 'replace', ...head, ...change, ...wanted },
    dispense: { kind: 'dispense', ...head, ...change, quantity: units, salt: salt16 },
  }
  const chosen = claims[kind]
  if (chosen === undefined) throw new Error('no such kind')
  const record = signed(chosen, by)
  return { record: wrong === 'signature' ? forged(record) : record, by }
}

const history = fc.array(fc.array(wish, { maxLength: 7 }), { minLength: 1, maxLength: 10 })
const contextOf = (block: number) => ({ height: BigInt(block + 1), time: BigInt(3 * block) })

/** Judges a wish by the model, which takes what is valid. */
function judged(model: Model, asked: Wish, block: number): { record: LedgerRecord; code: string | null } {
  const { record, by } = recordOf(model, asked)
  const { height, time } = contextOf(block)
  return { record, code: model.judge(record, by, asked.wrong === 'signature', height, time) }
}

describe('applying records', () => {
  it('takes and refuses as plain maps do, with the root of a tree from scratch, in memory and from a store', async () => {
    await fc.assert(
      fc.asyncProperty(history, async blocks => {
        const model = new Model()
        const nodes = new NodeMap()
        let state = genesisState(genesisOf(people))
        nodes.write(treeStep(StateTree.empty(), state.tree))
        for (const [block, wishes] of blocks.entries()) {
          const context = contextOf(block)
          const taken: LedgerRecord[] = []
          for (const asked of wishes) {
            const { record, code } = judged(model, asked, block)
            if (code === null) taken.push(record)
            else
              await expect(applyRecords(state, [...taken, record], context)).rejects.toMatchObject({
                context: { index: taken.length, cause: code },
              })
          }
          const stored = LedgerState.at({ ledger, root: state.root, nodes })
          const [after, again] = [
            await applyRecords(state, taken, context),
            await applyRecords(stored, taken, context),
          ]
          expect(after.state.root).toEqual(model.root())
          expect(again.state.root).toEqual(after.state.root)
          nodes.write(treeStep(state.tree, after.state.tree))
          state = after.state
        }
      }),
      propertyRuns(25, 8),
    )
  })

  it('is tried with records that reach every verdict', () => {
    const verdicts = fc.sample(history, { seed: 1, numRuns: 30 }).flatMap(blocks => {
      const model = new Model()
      return blocks.flatMap((wishes, block) =>
        wishes.map(asked => {
          const { record, code } = judged(model, asked, block)
          return code ?? record.claims.kind
        }),
      )
    })
    expect([...new Set(verdicts)].sort()).toEqual([
      'cancel',
      'dispense',
      'ledger/expired',
      'ledger/not-a-member',
      'ledger/not-open',
      'ledger/not-the-prescriber',
      'ledger/other-ledger',
      'ledger/role',
      'ledger/seq',
      'ledger/signature',
      'ledger/stale-change',
      'ledger/too-many-units',
      'ledger/unknown-prescription',
      'prescribe',
      'replace',
    ])
  })
})
