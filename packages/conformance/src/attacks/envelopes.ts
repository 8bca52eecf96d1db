/** Attacks on shared records. */
import { equal } from '@chartseal/core/bytes'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import {
  firstGrants,
  type GrantedPayload,
  generateIdentityKey,
  identityOf,
  openGrant,
  openPayloadBytes,
  ownerOf,
  recipientOf,
  sealPayloadBytes,
} from '@chartseal/ipfs-envelope'
import {
  generateRsaKeyPair,
  type Identity,
  openEnvelope,
  type Recipient,
  rawAddressing,
  rsaIdentity,
  rsaRecipient,
  sealEnvelope,
} from '@chartseal/ipfs-envelope/v1'
import type { Tools } from '../interop/operation.js'
import { type Attack, present, requireWorks, shown } from './attack.js'
import { openedByBoth } from './gcm-collision.js'

interface Person {
  readonly recipient: Recipient
  readonly identity: Identity
}

/** People of the published design. Making a key takes long, and who has which is not what is shown: they share one. */
async function peopleNamed(...names: readonly string[]): Promise<readonly Person[]> {
  const { publicKeyPem, privateKeyPem } = await generateRsaKeyPair()
  return Promise.all(
    names.map(async recipientId => ({
      recipient: await rsaRecipient(recipientId, publicKeyPem),
      identity: await rsaIdentity(privateKeyPem, { recipientId }),
    })),
  )
}

const lie = encodeUtf8('Penicillin: no allergy known.')

export const forgedPackage: Attack = {
  name: 'forged-package',
  title: 'A stranger makes a record that opens as if the clinic had sent it',
  errata: ['I4'],
  against: 'package',
  refusal: 'grants/other-owner',
  async breaks({ random }, tell) {
    const doctor = present((await peopleNamed('dr-okafor'))[0])
    tell('Mallory has the public key of Dr. Okafor, as everybody has, and no other key')
    const forged = await sealEnvelope(lie, [doctor.recipient], rawAddressing, { random })
    const read = await openEnvelope(forged.package, forged.ciphertext, doctor.identity, rawAddressing)
    const isTaken = equal(read, lie)
    return shown(
      isTaken,
      tell,
      `the package opens: "${new TextDecoder().decode(read)}"; nothing in it says who made it`,
    )
  },
  async prepare({ random, clock }, tell) {
    const key = generateIdentityKey('x25519', random)
    const [clinic, mallory] = [ownerOf(SigningKey.generate(random)), ownerOf(SigningKey.generate(random))]
    const shared = payloadOf({ random, clock })
    const options = {
      pin: { owner: clinic.verifyingKey, packageId: shared.packageId, newest: null },
      nowMs: clock.nowMs(),
    }
    const list = await firstGrants(clinic, shared, [recipientOf(key)], { random })
    using opened = await openGrant(list, identityOf(key), options)
    requireWorks(equal(opened.reveal(), shared.contentKey.reveal()), 'the list of the clinic opens')
    tell('a grant list that the clinic signed opens for Dr. Okafor, who has pinned the clinic\u2019s key')
    tell('Mallory signs one of her own for the same package')
    const forged = await firstGrants(
      mallory,
      payloadOf({ random, clock }, shared.packageId),
      [recipientOf(key)],
      { random },
    )
    return () => openGrant(forged, identityOf(key), options)
  },
}

const someCid = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'

function payloadOf({ random }: Tools, packageId: Uint8Array = random.bytes(16)): GrantedPayload {
  return { packageId, version: 1, cid: someCid, contentKey: AeadKey.generate(random) }
}

const [toOne, toOther] = ['no allergies    ', 'PENICILLIN: DIES'] as const

export const twoRecords: Attack = {
  name: 'two-records',
  title: 'One ciphertext with one valid tag is two records, one for each of two readers',
  errata: ['I9'],
  against: 'package',
  refusal: 'open/failed',
  async breaks({ random }, tell) {
    const people = await peopleNamed('ward', 'pharmacy')
    const keys = [random.bytes(32), random.bytes(32)] as const
    const nonce = random.bytes(12)
    const [one, other] = [encodeUtf8(toOne), encodeUtf8(toOther)]
    const ciphertext = openedByBoth({ key: keys[0], text: one }, { key: keys[1], text: other }, nonce)
    const cid = await rawAddressing.cidOf(ciphertext)
    const encKeys = await Promise.all(
      people.map(async ({ recipient }, i) => ({
        recipientId: recipient.id,
        wrapped: await recipient.wrap(new AeadKey(present(keys[i]))),
      })),
    )
    const read = await Promise.all(
      people.map(({ identity }) =>
        openEnvelope({ cid, nonce, encKeys }, ciphertext, identity, rawAddressing),
      ),
    )
    const texts = read.map((bytes, i) =>
      new TextDecoder('latin1').decode(bytes.subarray(16 * i, 16 * i + 16)),
    )
    tell('a sender solves one equation in GF(2^128) for a block that makes the tag right under two keys')
    tell(
      `one CID, one tag, both readers find it authentic: the ward reads "${texts[0]}", the pharmacy "${texts[1]}"`,
    )
    return texts[0] === toOne && texts[1] === toOther
  },
  prepare({ random, clock }, tell) {
    const content = encodeUtf8(toOne)
    const id = { packageId: random.bytes(16), version: 1 }
    const about = { name: 'record', mediaType: 'text/plain', createdMs: clock.nowMs(), labels: [] }
    const [key, other] = [AeadKey.generate(random), AeadKey.generate(random)]
    const payload = sealPayloadBytes(key, id, { ...about, sizeBytes: content.length }, content, {}, random)
    requireWorks(equal(openPayloadBytes(key, id, payload).content, content), 'the payload opens')
    tell('a payload of version 2 begins with a value that only its own key gives: it commits to the key')
    tell('the sender grants it to a second reader with another key')
    return () => openPayloadBytes(other, id, payload)
  },
}
