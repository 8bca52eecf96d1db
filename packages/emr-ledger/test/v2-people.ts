/** People of a small ledger, with keys that are always the same. */
import { SigningKey } from '@chartseal/core/ed25519'
import {
  type Claims,
  ed25519Signer,
  encodeGenesis,
  type Genesis,
  keyIdOf,
  type LedgerRecord,
  ledgerIdOf,
  type Member,
  type MemberRole,
  memberOf,
  type Order,
  prepare,
  type RecordSigner,
  recordOf,
  type SigningAlgorithm,
  signWith,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'

export interface Person {
  readonly member: Member
  readonly signer: RecordSigner
}

const curves = { ES256: p256, ES256K: secp256k1 } as const

export function signerOf(algorithm: SigningAlgorithm, secret: Uint8Array, lowS = true): RecordSigner {
  if (algorithm === 'Ed25519') return ed25519Signer(new SigningKey(secret))
  const curve = curves[algorithm]
  const publicKey = curve.getPublicKey(secret, false)
  const sign = (bytes: Uint8Array): Uint8Array =>
    curve.sign(bytes, secret, { prehash: true, lowS, format: 'compact' })
  return { algorithm, publicKey, kid: keyIdOf(algorithm, publicKey), sign }
}

/** `seed` from 1: the secret key is that byte 32 times. */
export function person(
  seed: number,
  algorithm: SigningAlgorithm,
  roles: readonly MemberRole[],
  heights: { readonly from?: bigint; readonly until?: bigint } = {},
): Person {
  const signer = signerOf(algorithm, new Uint8Array(32).fill(seed))
  const { publicKey } = signer
  return { signer, member: memberOf({ algorithm, publicKey, roles, name: `Person ${seed}`, ...heights }) }
}

export const prescriber: Person = person(1, 'ES256', ['prescriber'])
export const other: Person = person(2, 'Ed25519', ['prescriber'])
export const koblitz: Person = person(3, 'ES256K', ['prescriber'])
export const dispenser: Person = person(4, 'ES256', ['dispenser'])
export const registrars: readonly Person[] = [
  person(5, 'Ed25519', ['registrar', 'sealer']),
  person(6, 'ES256', ['registrar']),
  person(7, 'ES256K', ['registrar']),
]
/** In force from block 5 to block 9. */
export const visitor: Person = person(8, 'Ed25519', ['prescriber'], { from: 5n, until: 10n })
export const stranger: Person = person(9, 'ES256', ['prescriber', 'dispenser', 'registrar'])

export const everybody: readonly Person[] = [prescriber, other, koblitz, dispenser, ...registrars, visitor]

export const genesis: Genesis = {
  name: 'Pharmacies of the valley',
  timestamp: 1_790_000_000n,
  roster: { number: 1n, members: sortedMembers(everybody.map(({ member }) => member)), quorum: 2 },
  seal: { kind: 'poa', slotSeconds: 2, slotsPerTurn: 4, tolerates: 'crash' },
  legacy: null,
  salt: new Uint8Array(32).fill(0xa5),
}
export const ledger: Uint8Array = ledgerIdOf(encodeGenesis(genesis))

export const order: Order = {
  subject: new Uint8Array(32).fill(0x11),
  body: new Uint8Array(32).fill(0x22),
  reference: '',
  validUntil: 1_800_000_000n,
  quantity: 3,
}

/** Of a giving out in tests. */
export const salt: Uint8Array = new Uint8Array(16).fill(0x33)

/** The common claims of a person. */
export const head = (
  { signer: { kid } }: Person,
  seq = 1n,
): { ledger: Uint8Array; signer: Uint8Array; seq: bigint; authoredOn: bigint } => ({
  ledger,
  signer: kid,
  seq,
  authoredOn: 1_790_000_100n,
})

/** Signed by all of these. */
export async function signed(claims: Claims, ...people: readonly Person[]): Promise<LedgerRecord> {
  const prepared = prepare(claims, { ledgerName: genesis.name })
  const signatures = await Promise.all(people.map(({ signer }) => signWith(prepared, signer)))
  return recordOf(prepared.claimsBytes, signatures)
}

export const prescription = (who: Person = prescriber, seq = 1n): Promise<LedgerRecord> =>
  signed({ kind: 'prescribe', ...head(who, seq), ...order }, who)
