/** HPKE for many recipients, one message each: ours, and two libraries with one or many messages under way. */
import { hpkeOpen, hpkeSeal, type Kem } from '@chartseal/core/hpke'
import type { SecretBytes } from '@chartseal/core/keys'
import { defaultPooledRandom } from '@chartseal/core/system'
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import * as hpke from 'hpke'
import type { Contender, Skipped } from '../measure.js'
import { inProcess } from '../measure.js'

export interface Sealed {
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

/** What every contender seals for. */
export interface Recipients {
  readonly kem: Kem
  readonly info: Uint8Array<ArrayBuffer>
  readonly plaintext: Uint8Array<ArrayBuffer>
  /** Of the first recipient. */
  readonly secret: SecretBytes
  key(index: number): Uint8Array<ArrayBuffer>
}

type SealFor = (publicKey: Uint8Array<ArrayBuffer>) => Promise<Sealed>

export const ownName = 'core/hpke'
/** All that gates compare with begins so. */
export const libraryName = 'library'
const atOnce = 32

export function ownGrants({ kem, info, plaintext, secret, key }: Recipients): Contender {
  const random = defaultPooledRandom()
  const sealFor = (index: number): Sealed => hpkeSeal(kem, key(index), info, plaintext, random)
  return inProcess(
    ownName,
    () => opened(sealFor(0), { kem, info, secret }),
    amount => {
      for (let i = 0; i < amount; i++) sealFor(i)
    },
  )
}

const opened = ({ enc, ct }: Sealed, { kem, secret, info }: Pick<Recipients, 'kem' | 'secret' | 'info'>) =>
  hpkeOpen(kem, secret, enc, info, ct)

export function peerGrants(recipients: Recipients): readonly (Contender | Skipped)[] {
  const { kem, info, plaintext } = recipients
  const name = kem.name === 'x25519' ? '@hpke/core' : '@hpke/core, @hpke/hybridkem-x-wing'
  const suite = new CipherSuite({
    kem: kem.name === 'x25519' ? new DhkemX25519HkdfSha256() : new XWing(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  })
  const seal: SealFor = async publicKey => {
    const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey)
    const { enc, ct } = await suite.seal({ recipientPublicKey, info }, plaintext)
    return { enc: new Uint8Array(enc), ct: new Uint8Array(ct) }
  }
  return [...inModes(name, seal, recipients), ...secondLibrary(recipients)]
}

function secondLibrary(recipients: Recipients): readonly (Contender | Skipped)[] {
  const { kem, info, plaintext } = recipients
  if (kem.name === 'xwing' && Number(process.versions.node.split('.')[0]) < 24)
    return [{ name: `${libraryName}: hpke`, skipped: 'WebCrypto of this Node has no ML-KEM' }]
  const mechanism = kem.name === 'x25519' ? hpke.KEM_DHKEM_X25519_HKDF_SHA256 : hpke.KEM_MLKEM768_X25519
  const suite = new hpke.CipherSuite(mechanism, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES_256_GCM)
  const seal: SealFor = async publicKey => {
    const key = await suite.DeserializePublicKey(publicKey)
    const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plaintext, { info })
    return { enc: encapsulatedSecret, ct: ciphertext }
  }
  return inModes('hpke', seal, recipients)
}

function inModes(name: string, seal: SealFor, recipients: Recipients): readonly Contender[] {
  const answer = async (): Promise<Uint8Array> => opened(await seal(recipients.key(0)), recipients)
  const manyAtOnce = async (from: number, to: number): Promise<void> => {
    await Promise.all(Array.from({ length: to - from }, (_, i) => seal(recipients.key(from + i))))
  }
  return [
    inProcess(`${libraryName}: ${name}, one by one`, answer, async amount => {
      for (let i = 0; i < amount; i++) await seal(recipients.key(i))
    }),
    inProcess(`${libraryName}: ${name}, ${atOnce} at once`, answer, async amount => {
      for (let i = 0; i < amount; i += atOnce) await manyAtOnce(i, Math.min(i + atOnce, amount))
    }),
  ]
}
