/** New shares of the same key, for the same or other signers: each of those who have it shares its own part anew. */
import { ed25519_FROST } from '@noble/curves/ed25519.js'
import { equal } from '../bytes.js'
import { coreError } from '../errors.js'
import type { Random } from '../ports.js'
import {
  badGroup,
  dealt,
  FrostGroup,
  isSigner,
  pointOf,
  requireThreshold,
  SigningShare,
  sumsOf,
  type ThresholdOf,
} from './group.js'

/** What a signer gives to those who are to hold the key after it: its part of the key, shared anew. */
export interface HandedOn {
  readonly signer: number
  /** Of the polynomial that the parts are of, as those of a group. */
  readonly commitments: readonly Uint8Array[]
}

/** Everybody who hands the key on together: a threshold of the signers, or more. */
export interface HandOnOptions {
  readonly group: FrostGroup
  readonly from: readonly number[]
}

/**
 * Shares what this signer has of the key anew: the sum of what all of `from` give is a share of the same key. The caller
 * wipes the parts, one for each new signer. Old shares stay shares: who hands on must forget.
 * @throws ChartsealError `frost/bad-group` for signers who cannot hand it on, `key/wiped`; RangeError for numbers that cannot be
 */
export function handOn(
  { group, from, signer, share }: HandOnOptions & { readonly signer: number; readonly share: SigningShare },
  { threshold, count }: ThresholdOf,
  random: Random,
): HandedOn & { readonly parts: readonly SigningShare[] } {
  requireThreshold({ threshold, count })
  requireFrom({ group, from })
  const secret = scalars.toBytes(scalars.mul(weightOf(from, signer), scalars.fromBytes(share.reveal())))
  try {
    const { group: own, shares } = dealt({ threshold, count }, random, secret)
    return { signer, commitments: own.commitments, parts: shares }
  } finally {
    secret.fill(0)
  }
}

/**
 * The group of those whom a key was handed on to, as everybody can compute it.
 * @throws ChartsealError `frost/bad-group` unless all of `from` gave what they had, and nothing else
 */
export function groupHandedOn(
  { group, from }: HandOnOptions,
  handed: readonly HandedOn[],
  { threshold, count }: ThresholdOf,
): FrostGroup {
  requireFrom({ group, from })
  const all = from.map(signer => handed.find(one => one.signer === signer))
  const sums = sumsOf(
    all.map(one => one?.commitments ?? []),
    threshold,
  )
  for (const one of all) {
    const first = pointOf(group.verifyingShare(one?.signer ?? 0)).multiplyUnsafe(
      weightOf(from, one?.signer ?? 0),
    )
    const isOwn =
      one?.commitments.length === threshold && equal(first.toBytes(), one.commitments[0] ?? new Uint8Array())
    if (!isOwn) throw badGroup(`signer ${one?.signer} handed on another key, or to others`)
  }
  return FrostGroup.of(sums, count)
}

/** The share that the parts of all who handed on make. @throws ChartsealError `frost/bad-share` for parts that make none */
export function joinParts(group: FrostGroup, signer: number, parts: readonly SigningShare[]): SigningShare {
  const sum = parts.reduce((all, part) => scalars.add(all, scalars.fromBytes(part.reveal())), scalars.ZERO)
  const bytes = scalars.toBytes(sum)
  try {
    const share = new SigningShare(bytes)
    if (group.holds(signer, share)) return share
    share.wipe()
    throw coreError('frost/bad-share', { signer })
  } finally {
    bytes.fill(0)
  }
}

/** @throws ChartsealError `frost/bad-group` */
function requireFrom({ group, from }: HandOnOptions): void {
  const isRight = new Set(from).size === from.length && from.length >= group.threshold
  if (!isRight || !from.every(signer => isSigner(group, signer)))
    throw badGroup('a threshold of its signers hands a key on, each once')
}

/** λ of RFC 9591 4.2: what the share of one counts for in the key that these make together. */
function weightOf(from: readonly number[], signer: number): bigint {
  if (!from.includes(signer)) throw badGroup(`signer ${signer} is not among those who hand it on`)
  const others = from.filter(one => one !== signer).map(BigInt)
  const top = others.reduce((product, one) => scalars.mul(product, one), scalars.ONE)
  const below = others.reduce(
    (product, one) => scalars.mul(product, scalars.sub(one, BigInt(signer))),
    scalars.ONE,
  )
  return scalars.div(top, below)
}

const scalars = ed25519_FROST.utils.Fn
