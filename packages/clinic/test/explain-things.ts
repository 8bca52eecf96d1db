/** One sound thing of each kind that `chartseal explain` knows. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryAt, sealEntry } from '@chartseal/audit/v1'
import { encodePem } from '@chartseal/core/der'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  acceptPairing,
  createRing,
  epochOf,
  exportRing,
  newPbkdf2,
  offerPairing,
  type PairingSelf,
  type Role,
} from '@chartseal/kdf-keyring'
import * as shamir from '@chartseal/shamir'
import { splitMnemonics } from '@chartseal/shamir/slip39'
import { fixedClock, vectorFolder } from '@chartseal/testkit'
import * as v2 from '@chartseal/wire'
import * as v1 from '@chartseal/wire/v1'
import { words } from './pasted-things.js'

const noonMs: number = Date.UTC(2026, 6, 15, 12)

/** Appears in every secret that must not be shown. */
export const secret: Uint8Array = encodeUtf8('this must not be shown to anyone')

const key = new AeadKey(new Uint8Array(32).fill(7))
const binding = { patientId: 'PAT-1', thread: 't', sender: 's', recipient: 'r' }
const sealingKey = { key, kid: new Uint8Array(8).fill(0xab), counter: 7n }
const body = (sizeBytes: number): v2.Body => ({
  ...{ mediaType: 'text/plain', content: systemRandom.bytes(sizeBytes), sentAtMs: 1 },
})
export const message: Uint8Array = v2.sealMessage(sealingKey, binding, body(10))
export const parts: readonly string[] = v2.splitMessage(v2.sealMessage(sealingKey, binding, body(9000)))

export const shares: readonly shamir.ShareEnvelope[] = shamir.splitSecret(secret, {
  ...{ threshold: 2, numShares: 3, label: 'kit \u001b[2J', clock: fixedClock(noonMs) },
})
const [share] = shares
if (share === undefined) throw new Error('internal: no share')
export const first: shamir.ShareEnvelope = share
const challenge = new Uint8Array(32).fill(5)
const zeros = shamir.startRefresh(share, share.y.reveal().length)
const joined = shares.flatMap((one, i) => zeros.slice(i, i + 1).map(zero => shamir.joinRefresh(one, zero)))
const deal = shamir.dealOf(zeros)
const replies = joined.map(({ reply }) => reply)
const [zero] = zeros
const [half] = joined
if (zero === undefined || half === undefined) throw new Error('internal: no refresh')

/** By the beginning of their kind. */
export const shareMessages: Readonly<Record<string, Uint8Array>> = {
  'description of a set': shamir.encodeShareSet({ ...share, sizeBytes: share.y.reveal().length }),
  'challenge of a drill': shamir.encodeDrillChallenge({ root: share.root, challenge }),
  'answer to a drill': shamir.encodeDrillAnswer(shamir.answerDrill(share, challenge)),
  'deal of a refresh': shamir.encodeRefreshDeal(deal),
  'zero-share of a refresh': shamir.encodeZeroShare(zero),
  'reply to a refresh': shamir.encodeRefreshReply(half.reply),
  'share that waits': shamir.encodePendingShare(half.pending),
  'new set of a refresh': shamir.encodeRefreshedSet(shamir.publishRefresh(deal, replies)),
}

const self = (role: Role, name: string): PairingSelf => ({
  role,
  name,
  signingKey: SigningKey.generate(systemRandom),
})
const secretRandom = { bytes: (size: number): Uint8Array => secret.slice(0, size) }
const offer = offerPairing(self('doctor', 'Dr. Okafor'), noonMs, secretRandom)
export const pairingUri: string = offer.uri
export const pairingAnswer: Uint8Array = acceptPairing(offer.uri, self('patient', 'Rosa'), noonMs).answer

const verifyingKey = (): Uint8Array => verifyingKeyOf(SigningKey.generate(systemRandom))

export async function ringExport(): Promise<Uint8Array> {
  const [ownVerifyingKey, peerVerifyingKey] = [verifyingKey(), verifyingKey()]
  const root = new SecretBytes(secret)
  const ring = createRing({
    ...{ root, ownVerifyingKey, peerVerifyingKey, firstEpoch: epochOf(noonMs), nowMs: noonMs },
  })
  const { sealed } = await exportRing(ring, 'passphrase', { parameters: newPbkdf2(systemRandom) })
  return sealed
}

export const pem: string = encodePem('PRIVATE KEY', secret)
export const messageV1: string = v1.seal(key, 'note', 'PAT-1')
export const auditEntry: string = sealEntry(
  key,
  entryAt({ actor: 'a', action: 'open', patientId: 'P' }, fixedClock(noonMs)),
)

export const mnemonics: readonly string[] = splitMnemonics(secret, {
  ...{ words, groupThreshold: 1, groups: [{ threshold: 2, count: 3 }], exponent: 0 },
}).flat()

type Case = Readonly<Record<string, unknown>>
const cases = (file: string): readonly Case[] =>
  JSON.parse(readFileSync(join(vectorFolder('seeds'), `${file}.json`), 'utf8')).cases

/** Low-s, as the strict profile wants it. */
export const ledgerRecord: Case = Object(cases('emr-records').find(one => one['low_s'] === true)?.['record'])
/** Without records. */
export const ledgerBlock: Case = { ...cases('emr-blocks')[0], records: [] }
export const envelopePackage: Case = Object(cases('envelope-packages')[0]?.['package'])

/** A link of the frozen ones, and a file. */
export const frozenLink = (kind: 'link' | 'file', name: string): string => {
  const { cases: all }: { cases: readonly Case[] } = JSON.parse(
    readFileSync(join(vectorFolder('own'), 'shl.json'), 'utf8'),
  )
  return `${all.find(one => one['kind'] === kind && one['name'] === name)?.['text']}`
}
