/** A seat as bytes, in deterministic CBOR: docs/spec/care-team.md. */
import { CborFields } from '@chartseal/core/cbor'
import { SigningKey } from '@chartseal/core/ed25519'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { hashBytes, idBytes, keyBytes, maxGaps, requireName, requireTitle } from './limits.js'
import { reading } from './payloads.js'
import {
  peopleValue,
  placesValue,
  placeValue,
  readKnownPeople,
  readPlace,
  readPlaces,
  readRole,
} from './people.js'
import type {
  FormerPerson,
  SenderChain,
  SenderGap,
  Team,
  TeamClaim,
  TeamEpoch,
  TeamKeeper,
  TeamPhase,
  TeamSeat,
} from './types.js'

const version = 1
const common = [
  'v',
  'kind',
  'id',
  'title',
  'phase',
  'keeper',
  'signing',
  'own',
  'since',
  'epochs',
  'chains',
  'former',
  'waiting',
]
const ofKeeper = ['commit_key', 'tree', 'invited', 'pairs', 'commit', 'places', 'heard']
/** Where there are any: a state without them is that of an earlier version. */
const ofSomeKeepers = ['claims']

/** Secret: the caller wipes it. */
export function encodeTeam(team: Team): Uint8Array {
  const seat = seatValue(team)
  if (team.kind === 'keeper') return encodeCbor({ ...seat, ...keeperValue(team) })
  return encodeCbor({ ...seat, path: team.path?.reveal() ?? new Uint8Array() })
}

/** Takes over `bytes` and wipes them. @throws ChartsealError `team/malformed` */
export function decodeTeam(bytes: Uint8Array): Team {
  try {
    return reading('state', () => {
      const value = decodeCbor(bytes)
      const isKeeper = kindOf(value) === 'keeper'
      const fields = isKeeper
        ? new CborFields(value, [...common, ...ofKeeper], ofSomeKeepers)
        : new CborFields(value, [...common, 'path'])
      fields.count('v', version, version)
      const seat = readSeat(fields)
      if (isKeeper) return { kind: 'keeper', ...seat, ...readKeeper(fields) }
      const path = fields.bytes('path')
      return { kind: 'member', ...seat, path: path.length === 0 ? null : secret(path, SecretBytes) }
    })
  } finally {
    bytes.fill(0)
  }
}

/** Overwrites every secret, those of a state before it too where they are the same. */
export function wipeTeam(team: Team): void {
  team.signingKey.wipe()
  for (const { key } of team.epochs) key.wipe()
  if (team.kind === 'member') team.path?.wipe()
  else {
    team.commitKey.wipe()
    team.tree.wipe()
  }
}

function kindOf(value: CborValue): string {
  const fields = new CborFields(value, common, [...ofKeeper, ...ofSomeKeepers, 'path'])
  const kind = fields.text('kind')
  if (kind !== 'keeper' && kind !== 'member') throw new Error('its kind is unknown')
  return kind
}

function seatValue(seat: Team): Record<string, CborValue> {
  const { kind, id, title, phase, keeperKey, signingKey, own, sinceEpoch } = seat
  return {
    v: version,
    kind,
    id,
    title,
    phase,
    keeper: keeperKey,
    signing: signingKey.reveal(),
    own: placeValue(own),
    since: sinceEpoch,
    epochs: seat.epochs.map(epochValue),
    chains: seat.chains.map(chainValue),
    former: seat.former.map(one => ({ ...formerFields(one), ...placeValue(one) })),
    waiting: seat.waiting,
  }
}

const formerFields = ({ signing, name, epoch }: FormerPerson): { [field: string]: CborValue } => ({
  signing,
  name,
  epoch,
})

const epochValue = ({ epoch, key, commitHash, people, endedMs }: TeamEpoch): CborValue => ({
  epoch,
  key: key.reveal(),
  commit: commitHash,
  people: peopleValue(people),
  ...(endedMs === null ? {} : { ended: endedMs }),
})

const chainValue = (chain: SenderChain): CborValue => ({
  signing: chain.signing,
  ...placeValue(chain),
  epoch: chain.epoch,
  gaps: chain.gaps.map(({ first, last, before, after }) => ({
    first,
    last,
    after,
    ...(before === null ? {} : { before }),
  })),
})

function keeperValue(keeper: TeamKeeper): Record<string, CborValue> {
  const { commitKey, tree, invited, pairs, commit, places, heardEpoch, claims } = keeper
  return {
    commit_key: commitKey.reveal(),
    tree: tree.reveal(),
    invited: invited.map(({ pair, name, role }) => ({ pair, name, role })),
    pairs: pairs.map(({ leaf, pair }) => ({ leaf, pair })),
    commit,
    places: placesValue(places),
    heard: heardEpoch,
    ...(claims.length === 0 ? {} : { claims: claims.map(({ signing, atMs }) => ({ signing, at: atMs })) }),
  }
}

function readSeat(fields: CborFields): TeamSeat {
  return {
    id: fields.bytes('id', idBytes),
    title: requireTitle(fields.text('title')),
    phase: readPhase(fields.text('phase')),
    keeperKey: fields.bytes('keeper', keyBytes),
    signingKey: secret(fields.bytes('signing', keyBytes), SigningKey),
    own: readPlace(fields.map('own', ['seq', 'hash'])),
    sinceEpoch: fields.count('since'),
    epochs: fields.maps('epochs', ['epoch', 'key', 'commit', 'people'], ['ended']).map(readEpoch),
    chains: fields.maps('chains', ['signing', 'seq', 'hash', 'epoch', 'gaps']).map(readChain),
    former: fields.maps('former', ['signing', 'name', 'epoch', 'seq', 'hash']).map(readFormerPerson),
    waiting: fields.bytesList('waiting'),
  }
}

function readPhase(text: string): TeamPhase {
  if (text === 'asked' || text === 'in' || text === 'left' || text === 'removed') return text
  throw new Error('its phase is unknown')
}

function readEpoch(fields: CborFields): TeamEpoch {
  return {
    epoch: fields.count('epoch', 0xffff_ffff, 1),
    key: secret(fields.bytes('key', keyBytes), AeadKey),
    commitHash: fields.bytes('commit', hashBytes),
    people: readKnownPeople(fields),
    endedMs: fields.has('ended') ? fields.count('ended') : null,
  }
}

function readChain(fields: CborFields): SenderChain {
  const gaps = fields.maps('gaps', ['first', 'last', 'after'], ['before']).map(readGap)
  if (gaps.length > maxGaps) throw new Error('it has too many gaps')
  return {
    signing: fields.bytes('signing', keyBytes),
    ...readPlace(fields),
    epoch: fields.count('epoch'),
    gaps,
  }
}

function readGap(fields: CborFields): SenderGap {
  return {
    first: fields.integer('first'),
    last: fields.integer('last'),
    before: fields.has('before') ? fields.bytes('before', hashBytes) : null,
    after: fields.bytes('after', hashBytes),
  }
}

function readFormerPerson(fields: CborFields): FormerPerson {
  return {
    signing: fields.bytes('signing', keyBytes),
    name: requireName(fields.text('name')),
    epoch: fields.count('epoch'),
    ...readPlace(fields),
  }
}

type OfKeeper = Omit<TeamKeeper, keyof TeamSeat | 'kind'>

function readKeeper(fields: CborFields): OfKeeper {
  return {
    commitKey: secret(fields.bytes('commit_key', keyBytes), SigningKey),
    tree: secret(fields.bytes('tree'), SecretBytes),
    invited: fields.maps('invited', ['pair', 'name', 'role']).map(one => ({
      pair: one.text('pair'),
      name: requireName(one.text('name')),
      role: readRole(one.text('role')),
    })),
    pairs: fields
      .maps('pairs', ['leaf', 'pair'])
      .map(one => ({ leaf: one.count('leaf'), pair: one.text('pair') })),
    commit: fields.bytes('commit'),
    places: readPlaces(fields),
    heardEpoch: fields.count('heard'),
    claims: fields.has('claims') ? fields.maps('claims', ['signing', 'at']).map(readClaim) : [],
  }
}

const readClaim = (fields: CborFields): TeamClaim => ({
  signing: fields.bytes('signing', keyBytes),
  atMs: fields.count('at'),
})

/** Takes the bytes over, and wipes them. */
function secret<Secret>(bytes: Uint8Array, Kind: new (bytes: Uint8Array) => Secret): Secret {
  try {
    return new Kind(bytes)
  } finally {
    bytes.fill(0)
  }
}
