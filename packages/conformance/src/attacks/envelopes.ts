/** Attacks on shared records. */
import { concat, equal } from '@chartseal/core/bytes'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import {
  firstGrants,
  type GrantedPayload,
  generateIdentityKey,
  identityOf,
  openGrant,
  ownerOf,
  recipientOf,
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
import { gcm } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
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
    const ciphertext = openedByBoth({ key: keys[0], nonce, text: one }, { key: keys[1], nonce, text: other })
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
  prepare({ random }, tell) {
    const keys = [AeadKey.generate(random), AeadKey.generate(random)] as const
    const context = encodeUtf8('a record')
    const own = openBytes(keys[0], sealBytes(keys[0], encodeUtf8(toOne), context, random), context)
    requireWorks(equal(own, encodeUtf8(toOne)), 'what is sealed opens')
    const salt = random.bytes(24)
    const [one, other] = keys.map(key => chunkKeysOf(key, salt, context))
    const chunk = openedByBoth(
      { ...present(one), text: encodeUtf8(toOne) },
      { ...present(other), text: encodeUtf8(toOther) },
    )
    for (const { key, nonce } of [present(one), present(other)])
      requireWorks(
        gcm(key, nonce).decrypt(chunk).length === chunk.length - 16,
        'the chunk opens under both keys',
      )
    tell('the sender solves the same equation for a chunk of version 2: its tag is right under both keys')
    const sealed = concat(salt, present(one).commitment, chunk)
    requireWorks(openBytes(keys[0], sealed, context).length > 0, 'the first reader opens it')
    tell('it opens for the first reader: in front of it stands a commitment, which only one key gives')
    return () => openBytes(keys[1], sealed, context)
  },
}

/** What a chunk is sealed under: HKDF-Expand with SHA-512 (docs/spec/chunked.md), written anew for whoever attacks it. */
function chunkKeysOf(inputKey: AeadKey, salt: Uint8Array, context: Uint8Array) {
  const info = concat(encodeUtf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'), salt, context)
  const first = hmac(sha512, inputKey.reveal(), concat(info, Uint8Array.of(1)))
  const second = hmac(sha512, inputKey.reveal(), concat(first, info, Uint8Array.of(2)))
  const material = concat(first, second)
  const [key, nonce, commitment] = [material.slice(0, 32), material.slice(32, 44), material.slice(44, 76)]
  return { key, nonce, commitment }
}
