/** Lists of people: what a commit and a welcome say of who is in a thread. */
import { equal } from '@chartseal/core/bytes'
import type { CborFields } from '@chartseal/core/cbor'
import { isVerifyingKey } from '@chartseal/core/ed25519'
import { type CborValue, encodeHex } from '@chartseal/core/encoding'
import { hashBytes, keyBytes, maxTeamPeople, requireBox, requireName } from './limits.js'
import type { FormerPerson, NamedPlace, SenderPlace, TeamPerson, TeamRole } from './types.js'

export const keeperLeaf = 0
const maxLeaf = 0xff_ffff

export function personBySigning<One extends { readonly signing: Uint8Array }>(
  people: readonly One[],
  signing: Uint8Array,
): One | undefined {
  return people.find(one => equal(one.signing, signing))
}

/** @internal */
export const peopleValue = (people: readonly TeamPerson[]): CborValue =>
  people.map(({ leaf, name, role, signing, box }) => ({ leaf, name, role, signing, box }))

const personFields = ['leaf', 'name', 'role', 'signing', 'box']

/** In the order of their leaves, the keeper first, each with a key of their own. @throws Error that says why not */
export function readPeople(fields: CborFields): readonly TeamPerson[] {
  const people = readKnownPeople(fields)
  if (!people.every(({ signing }) => isVerifyingKey(signing))) throw new Error('a key is none')
  const isOrdered = people.every(({ leaf }, i) => leaf > (people[i - 1]?.leaf ?? -1))
  if (!isOrdered || people[0]?.leaf !== keeperLeaf) throw new Error('its list of people has no order')
  if (people.length > maxTeamPeople) throw new Error('it has too many people')
  const keys = new Set(people.map(({ signing }) => encodeHex(signing)))
  const names = new Set(people.map(one => one.name))
  if (keys.size !== people.length || names.size !== people.length)
    throw new Error('two people have one name or one key')
  return people
}

/** Those that {@link readPeople} took before: keys of theirs are not looked at again, which takes long. */
export const readKnownPeople = (fields: CborFields): readonly TeamPerson[] =>
  fields.maps('people', personFields).map(readPerson)

function readPerson(fields: CborFields): TeamPerson {
  return {
    leaf: fields.count('leaf', maxLeaf),
    name: requireName(fields.text('name')),
    role: readRole(fields.text('role')),
    signing: fields.bytes('signing', keyBytes),
    box: requireBox(fields.text('box')),
  }
}

export function readRole(text: string): TeamRole {
  if (text !== 'clinician' && text !== 'patient') throw new Error('a role is unknown')
  return text
}

export const placeValue = ({
  sequence,
  hash,
}: SenderPlace): { readonly seq: bigint; readonly hash: Uint8Array } => ({
  seq: sequence,
  hash,
})

export const readPlace = (fields: CborFields): SenderPlace => ({
  sequence: fields.integer('seq'),
  hash: fields.bytes('hash', hashBytes),
})

export const formerValue = (former: readonly FormerPerson[]): CborValue =>
  former.map(one => ({ signing: one.signing, name: one.name, ...placeValue(one) }))

/** Those who are not in epoch `epoch` any more. */
export function readFormer(fields: CborFields, epoch: number): readonly FormerPerson[] {
  return fields.maps('removed', ['signing', 'name', 'seq', 'hash']).map(one => ({
    signing: one.bytes('signing', keyBytes),
    name: requireName(one.text('name')),
    epoch,
    ...readPlace(one),
  }))
}

export const placesValue = (places: readonly NamedPlace[]): CborValue =>
  places.map(one => ({ signing: one.signing, ...placeValue(one) }))

export const readPlaces = (fields: CborFields): readonly NamedPlace[] =>
  fields
    .maps('places', ['signing', 'seq', 'hash'])
    .map(one => ({ signing: one.bytes('signing', keyBytes), ...readPlace(one) }))
