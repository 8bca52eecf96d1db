/** The ledger of the story: two clinics with a counter each, and the board of pharmacists, all of whom seal. */
import type { Desk } from '@chartseal/clinic/prescriptions'
import { SigningKey } from '@chartseal/core/ed25519'
import {
  attach,
  type Claims,
  ed25519Signer,
  type Genesis,
  type MemberRole,
  memberOf,
  prepare,
  type RecordSigner,
  recordOf,
  signWith,
  sortedMembers,
} from '@chartseal/emr-ledger'
import type { People } from '../steps/keys.js'
import type { World } from '../world.js'
import { deskAt } from './desk.js'
import { Network, type Place } from './network.js'

export interface Valley {
  readonly network: Network
  readonly north: Place
  readonly south: Place
  readonly board: Place
  /** In the north. */
  readonly surgery: Desk
  /** A counter of each clinic. */
  readonly northCounter: Desk
  readonly southCounter: Desk
  /** Not in the roster. */
  readonly stranger: RecordSigner
}

export const southPharmacist = 'Teo Marsh, pharmacist'

/** Each slot has 2 s of the ledger's own clock, for which nobody waits. */
const seal = { kind: 'poa', slotSeconds: 2, slotsPerTurn: 4, tolerates: 'crash' } as const

export async function foundValley({ io }: World, people: People): Promise<Valley> {
  const { random } = io
  const newSigner = (): RecordSigner => ed25519Signer(SigningKey.generate(random))
  const doctor = newSigner()
  const [northPharmacy, southPharmacy] = [newSigner(), newSigner()]
  const [northSealer, southSealer, boardSealer] = [newSigner(), newSigner(), newSigner()]
  const member = (signer: RecordSigner, name: string, ...roles: readonly MemberRole[]) =>
    memberOf({ algorithm: signer.algorithm, publicKey: signer.publicKey, name, roles })
  const genesis: Genesis = {
    name: 'Valley',
    timestamp: BigInt(Math.floor(io.clock.nowMs() / 1_000)),
    roster: {
      number: 1n,
      quorum: 2,
      members: sortedMembers([
        member(doctor, people.doctorName, 'prescriber'),
        member(northPharmacy, people.pharmacistName, 'dispenser'),
        member(southPharmacy, southPharmacist, 'dispenser'),
        member(northSealer, 'North clinic', 'registrar', 'sealer'),
        member(southSealer, 'South clinic', 'registrar', 'sealer'),
        member(boardSealer, 'Board of pharmacists', 'registrar', 'sealer'),
      ]),
    },
    seal,
    legacy: null,
    salt: random.bytes(32),
  }
  const network = await Network.open(genesis, [northSealer, southSealer, boardSealer])
  const [north, south, board] = network.places
  if (north === undefined || south === undefined || board === undefined)
    throw new Error('internal: a sealer without a node')
  const desk = (place: Place, signer: RecordSigner): Desk => deskAt(place, signer, network, random)
  return {
    network,
    north,
    south,
    board,
    surgery: desk(north, doctor),
    northCounter: desk(north, northPharmacy),
    southCounter: desk(south, southPharmacy),
    stranger: newSigner(),
  }
}

/** Whether both clinics and the board have a record for good. */
export async function isFinal({ network }: Pick<Valley, 'network'>, txid: Uint8Array): Promise<boolean> {
  const found = await Promise.all(network.places.map(({ node }) => node.record(txid)))
  return found.every(status => status?.kind === 'sealed' && status.at.finality.kind === 'final')
}

/** A record as somebody makes it who passes over what a desk checks. */
export async function signPast(signer: RecordSigner, claims: Claims): Promise<Uint8Array> {
  const prepared = prepare({ ...claims, signer: signer.kid }, { ledgerName: 'Valley' })
  return attach(prepared, [await signWith(prepared, signer)]).bytes
}

/** The same claims under a signature with one flipped bit. */
export async function signWrongly(signer: RecordSigner, claims: Claims): Promise<Uint8Array> {
  const prepared = prepare(claims, { ledgerName: 'Valley' })
  const signature = Uint8Array.from(await signer.sign(prepared.bytes, prepared.digest))
  signature[40] = (signature[40] ?? 0) ^ 1
  return recordOf(prepared.claimsBytes, [{ kid: signer.kid, signature }]).bytes
}
