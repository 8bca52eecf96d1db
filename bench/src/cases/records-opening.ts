/** What a reader does before anything of a record is shown: the list is read strictly, and its last entry opened. */
import { equal } from '@chartseal/core/bytes'
import { SigningKey } from '@chartseal/core/ed25519'
import { hpkeKeyPair, x25519Kem } from '@chartseal/core/hpke'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  firstGrants,
  type GrantPin,
  grantInfo,
  grantListCid,
  hintBytes,
  hintOf,
  hpkeIdentity,
  hpkeRecipient,
  type Identity,
  type KnownRecipient,
  openGrant,
  ownerOf,
  parseGrantList,
} from '@chartseal/ipfs-envelope'
import { type Case, inProcess } from '../measure.js'
import { pattern } from '../pattern.js'

const recipientCount = 10_000

export const openingName = 'ipfs-envelope'

interface Person {
  readonly secret: SecretBytes
  readonly recipient: KnownRecipient
}

/** A list as it is stored, whose entry is the last one in it, and what it opens to. */
interface Sample {
  readonly bytes: Uint8Array
  readonly identity: Identity
  readonly pin: GrantPin
  readonly contentKey: Uint8Array
}

export function openAsLast(): Case {
  let made: Promise<Sample> | null = null
  const sample = (): Promise<Sample> => (made ??= makeSample())
  const contender = inProcess(
    openingName,
    async () => openedKey(await sample()),
    async amount => {
      const given = await sample()
      for (let i = 0; i < amount; i++) await openedKey(given)
    },
  )
  return {
    id: 'open-as-last',
    title: `Reading a grant list and opening it as recipient ${recipientCount} of ${recipientCount}, x25519`,
    unit: 'ms',
    perUnit: 1,
    contenders: [contender],
    warmUpMs: 1_000,
    sampleMs: 300,
  }
}

async function openedKey({ bytes, identity, pin, contentKey }: Sample): Promise<Uint8Array> {
  using key = await openGrant(parseGrantList(bytes), identity, { pin, nowMs: 0 })
  const opened = key.reveal().slice()
  if (!equal(opened, contentKey)) throw new Error('internal: the list opened to another key')
  return opened
}

function person(): Person {
  const { secret, publicKey } = hpkeKeyPair(x25519Kem, systemRandom)
  return { secret, recipient: hpkeRecipient('x25519', publicKey) }
}

async function makeSample(): Promise<Sample> {
  const owner = ownerOf(SigningKey.generate(systemRandom))
  const contentKey = AeadKey.generate(systemRandom)
  const packageId = pattern(16)
  const cid = grantListCid(pattern(1))
  const people = Array.from({ length: recipientCount }, person)
  const payload = { packageId, version: 1, cid, contentKey }
  const list = await firstGrants(
    owner,
    payload,
    people.map(({ recipient }) => recipient),
  )
  const last = list.recipients[0]?.hints.slice(-hintBytes) ?? new Uint8Array(0)
  const info = grantInfo(list)
  const reader = people.find(({ recipient }) => equal(hintOf(info, recipient), last))
  if (reader === undefined) throw new Error('internal: nobody has the last entry')
  return {
    bytes: list.bytes,
    identity: hpkeIdentity('x25519', reader.secret),
    pin: { owner: owner.verifyingKey, packageId, newest: null },
    contentKey: contentKey.reveal().slice(),
  }
}
