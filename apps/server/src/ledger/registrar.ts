/**
 * The registrar of a clinic: keeps the roster of the ledger as the devices of the clinic are. Doctors prescribe,
 * pharmacists dispense, and whoever was ended signs nothing more. The one place of the server that signs a record, and
 * a change of the roster alone.
 */
import { equal } from '@chartseal/core/bytes'
import { decodeBase64Url, decodeUtf8, encodeBase64Url } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Clock } from '@chartseal/core/ports'
import {
  attach,
  ed25519Signer,
  type Genesis,
  type LedgerNodeApi,
  type LedgerRecord,
  type Member,
  type MemberRole,
  maxRosterClaimsBytes,
  memberAt,
  memberOf,
  prepare,
  type RecordSignature,
  type Roster,
  type RosterClaims,
  signWith,
  sortedMembers,
} from '@chartseal/emr-ledger'
import type { Store, StoredDevice } from '../store.js'
import type { LedgerKey } from './keys.js'

/** A roster has at most so many. */
const maxMembers = 4_096
/** Of all members: what is left of the largest claims by the names of their other fields. */
const maxBytes = maxRosterClaimsBytes - 1_024

const rolesOf: { readonly [role: string]: readonly MemberRole[] | undefined } = {
  doctor: ['prescriber'],
  pharmacist: ['dispenser'],
}

/**
 * The roster that follows, `null` where it is right as it is. Members that are no devices of this clinic stay as they
 * are.
 * @param height of the block that will have it, at least
 */
export function nextRoster(roster: Roster, devices: readonly StoredDevice[], height: bigint): Roster | null {
  const byKid = new Map(devices.map(device => [device.kid, device]))
  const kept = roster.members.map(member => endedIf(member, byKid.get(encodeBase64Url(member.kid)), height))
  const known = new Set(roster.members.map(({ kid }) => encodeBase64Url(kid)))
  const added = devices.flatMap(device => (known.has(device.kid) ? [] : memberFor(device, height)))
  const members = withRoom(kept, added, height)
  const before = new Set(roster.members)
  if (members.length === before.size && members.every(member => before.has(member))) return null
  return { ...roster, number: roster.number + 1n, members: sortedMembers(members) }
}

function endedIf(member: Member, device: StoredDevice | undefined, height: bigint): Member {
  if (device === undefined || device.endedMs === null) return member
  const until = height > member.from ? height : member.from + 1n
  return member.until !== null && member.until <= until ? member : { ...member, until }
}

function memberFor({ role, keys, endedMs }: StoredDevice, height: bigint): readonly Member[] {
  const roles = rolesOf[role]
  if (roles === undefined || endedMs !== null) return []
  const publicKey = decodeBase64Url(JsonObject.parse(decodeUtf8(keys)).text('identity'))
  // Nobody says a name when they enrol.
  return [memberOf({ algorithm: 'Ed25519', publicKey, roles, name: '', from: height })]
}

/** Those that ended first make room; where nobody has ended, whoever is one too many waits. */
function withRoom(kept: readonly Member[], added: readonly Member[], height: bigint): readonly Member[] {
  const ended = kept.filter(({ until }) => until !== null && until < height)
  const leaving = ended.toSorted((a, b) => Number((a.until ?? 0n) - (b.until ?? 0n)))
  const gone = new Set<Member>()
  let [count, bytes] = [kept.length + added.length, bytesOf(kept) + bytesOf(added)]
  for (const member of leaving) {
    if (count <= maxMembers && bytes <= maxBytes) break
    gone.add(member)
    count -= 1
    bytes -= sizeOf(member)
  }
  const rest = kept.filter(member => !gone.has(member))
  return [...rest, ...fitting(added, maxMembers - rest.length, maxBytes - bytesOf(rest))]
}

function fitting(added: readonly Member[], count: number, maxSum: number): readonly Member[] {
  let left = maxSum
  return added.slice(0, Math.max(0, count)).filter(member => {
    left -= sizeOf(member)
    return left >= 0
  })
}

/** What their CBOR takes at most: names of fields, ids, heights, and what is of this member. */
function bytesOf(members: readonly Member[]): number {
  return members.reduce((sum, member) => sum + sizeOf(member), 0)
}

function sizeOf({ algorithm, publicKey, roles, name, until }: Member): number {
  const texts = [algorithm, ...roles].reduce((sum, text) => sum + text.length + 1, 0)
  return 79 + texts + publicKey.length + 3 * name.length + (until === null ? 0 : 15)
}

/** `waits`: a change is on its way; `not-ours`: others must sign, too. */
export type Reconciled = 'right' | 'submitted' | 'waits' | 'not-ours'

export interface RegistrarOptions {
  readonly node: Pick<
    LedgerNodeApi,
    'id' | 'genesis' | 'roster' | 'tip' | 'nextSeq' | 'pending' | 'record' | 'submit'
  >
  readonly devices: Store['devices']
  readonly clock: Clock
  readonly key: LedgerKey
}

const pageRows = 500

export class Registrar {
  readonly #options: RegistrarOptions
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: RegistrarOptions) {
    this.#options = options
  }

  /**
   * Submits the next roster where there must be one. One at a time: while one waits to be sealed, the next cannot be made.
   * @throws ChartsealError `ledger/…`, `store/…`
   */
  reconcile(): Promise<Reconciled> {
    const mine = this.#turn.then(() => this.#reconcile())
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #reconcile(): Promise<Reconciled> {
    const { node, clock, key } = this.#options
    const signer = ed25519Signer(key)
    const roster = await node.roster()
    const height = node.tip.height + 1n
    const own = memberAt(roster, signer.kid, height)
    // Of several registrars one alone cannot; that is done by hand.
    if (own === null || !own.roles.includes('registrar') || roster.quorum !== 1) return 'not-ours'
    if (await this.#isUnderWay()) return 'waits'
    const next = nextRoster(roster, await allDevices(this.#options.devices), height)
    if (next === null) return 'right'
    const claims: RosterClaims = {
      kind: 'roster',
      ledger: node.id,
      signer: signer.kid,
      seq: await node.nextSeq(signer.kid),
      authoredOn: BigInt(Math.floor(clock.nowMs() / 1_000)),
      roster: next,
    }
    await node.submit((await signRoster(claims, { genesis: node.genesis, roster }, key)).bytes)
    return 'submitted'
  }

  /** Whether a roster waits that can be sealed: one that cannot, any more, holds nobody up. */
  async #isUnderWay(): Promise<boolean> {
    const { node } = this.#options
    for (const { claims, txid } of node.pending()) {
      if (claims.kind !== 'roster') continue
      const status = await node.record(txid)
      if (status?.kind === 'pending' && status.isReady) return true
    }
    return false
  }
}

/** Page by page. */
export async function allDevices(devices: Pick<Store['devices'], 'list'>): Promise<readonly StoredDevice[]> {
  const all: StoredDevice[] = []
  for (let afterKid = ''; ; ) {
    const page = await devices.list({ afterKid, limit: pageRows })
    all.push(...page)
    afterKid = page.at(-1)?.kid ?? afterKid
    if (page.length < pageRows) return all
  }
}

/** What a change is signed on. */
export interface RosterBase {
  readonly genesis: Pick<Genesis, 'name'>
  /** The one in force. */
  readonly roster: Roster
}

/** What a registrar reads before they sign: who comes, goes and changes. */
export function rosterChangeText(claims: RosterClaims, { genesis, roster }: RosterBase): string {
  return prepare(claims, { ledgerName: genesis.name, inForce: roster }).text.en
}

/** The record with the signature of this key beside those of others, which are not verified here. */
export async function signRoster(
  claims: RosterClaims,
  { genesis, roster }: RosterBase,
  key: LedgerKey,
  others: readonly RecordSignature[] = [],
): Promise<LedgerRecord> {
  const signer = ed25519Signer(key)
  const prepared = prepare(claims, { ledgerName: genesis.name, inForce: roster })
  const rest = others.filter(({ kid }) => !equal(kid, signer.kid))
  return attach(prepared, [...rest, await signWith(prepared, signer)])
}

/** The key id of a registrar's key, if it is one of those in force. */
export function registrarIn(
  roster: Roster,
  height: bigint,
  key: LedgerKey,
): { readonly kid: Uint8Array; readonly isInForce: boolean } {
  const { kid } = ed25519Signer(key)
  return { kid, isInForce: memberAt(roster, kid, height)?.roles.includes('registrar') === true }
}
