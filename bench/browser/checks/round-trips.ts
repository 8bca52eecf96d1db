/** Fresh keys through every package, on the browser's side of each `#platform`. */
import { auditLog, openEntry } from '@chartseal/audit/v1'
import { concat, ownBuffer } from '@chartseal/core/bytes'
import { type ByteTransform, openBytes, openRange, sealBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { memoryLog } from '@chartseal/core/memory'
import { systemRandom } from '@chartseal/core/system'
import {
  decrypt,
  encrypt,
  generateEncryptionKeyPair,
  generateSigningKeyPair,
  sign,
  verify,
} from '@chartseal/elgamal-session/v1'
import { createRecord, DoctorKey, hashKey, mineBlock, openChain } from '@chartseal/emr-ledger/v1'
import {
  generateRsaKeyPair,
  getEnvelope,
  memoryBlobStore,
  putEnvelope,
  rsaIdentity,
  rsaRecipient,
} from '@chartseal/ipfs-envelope/v1'
import { KeyRing } from '@chartseal/kdf-keyring/v1'
import { combine, split } from '@chartseal/shamir/v1'
import { openAttachment, sealAttachment } from '@chartseal/wire'
import { open, seal } from '@chartseal/wire/v1'
import type { Tally } from '../tally.js'

const text = 'BP 120/80, continue 10 mg'

export async function checkRoundTrips(tally: Tally): Promise<void> {
  tally.holds('a secure context', isSecureContext)
  await tally.try('wire', () => wire(tally))
  await tally.try('streams', () => streams(tally))
  await tally.try('kdf-keyring', () => keyring(tally))
  await tally.try('shamir', () => shamir(tally))
  await tally.try('audit', () => audit(tally))
  await tally.try('elgamal-session', () => elgamal(tally))
  await tally.try('emr-ledger', () => ledger(tally))
  await tally.try('ipfs-envelope', () => envelope(tally))
}

async function wire(tally: Tally): Promise<void> {
  const key = AeadKey.generate(systemRandom)
  const line = seal(key, text, 'PAT-12345')
  tally.same('wire: opened', open(key, line).plaintext, text)
  const other = AeadKey.generate(systemRandom)
  await tally.refuses('wire: another key', 'open/failed', () => open(other, line))
}

/** WebCrypto seals and opens streams and ranges; values in memory go through @noble/ciphers. */
async function streams(tally: Tally): Promise<void> {
  const key = AeadKey.generate(systemRandom)
  const content = new Uint8Array(3_000_000).map((_, i) => i % 251)
  const binding = { patientId: 'PAT-12345', thread: 'imaging', sender: 'dr-a', recipient: 'dr-b' }
  const info = { mediaType: 'application/dicom', sizeBytes: content.length, sentAtMs: 1_790_000_000_000 }
  const sealing = { key, kid: systemRandom.bytes(8), counter: 0n }
  const sealed = await through(content, sealAttachment(sealing, binding, info))
  const opening = openAttachment(() => ({ key, binding }))
  tally.same('attachment: opened', await through(sealed, opening.stream), content)
  tally.same('attachment: its size', opening.opened().sizeBytes, content.length)
  const refused = (what: string, code: string, changed: Uint8Array<ArrayBuffer>): Promise<void> =>
    tally.refuses(what, code, () => through(changed, openAttachment(() => ({ key, binding })).stream))
  await refused('attachment: cut', 'chunked/truncated', sealed.slice(0, 75 + 16_400))
  await refused(
    'attachment: changed',
    'open/failed',
    sealed.map((byte, i) => (i === 99_999 ? byte ^ 1 : byte)),
  )
  const bytes = sealBytes(key, content, new Uint8Array(0))
  const source = { sizeBytes: bytes.length, read: async (from: number, to: number) => bytes.slice(from, to) }
  const { plaintext } = await openRange(key, source, new Uint8Array(0), 100_000, 200_000)
  tally.same('chunked: a range', plaintext, content.slice(100_000, 200_000))
  tally.same('chunked: at once', openBytes(key, bytes, new Uint8Array(0)), content)
}

/** A `Response` would answer every failure with a TypeError. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: ByteTransform,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  for await (const piece of new Blob([bytes]).stream().pipeThrough(stream)) pieces.push(piece)
  return ownBuffer(concat(...pieces))
}

async function keyring(tally: Tally): Promise<void> {
  using secret = new SecretBytes(encodeUtf8('agreed on at the first visit, 2026'))
  const clock = { nowMs: () => Date.parse('2026-03-14T12:00:00Z') }
  using ring = new KeyRing(secret, { clock })
  using again = new KeyRing(secret, { clock })
  const [first, second] = [await ring.keyForSealing(), await again.keyForSealing()]
  tally.same('kdf-keyring: the key of a month', first.reveal(), second.reveal())
}

async function shamir(tally: Tally): Promise<void> {
  const secret = systemRandom.bytes(1_000)
  const shares = split(secret, { threshold: 3, numShares: 5 })
  tally.same('shamir: combined', combine(shares.slice(2), { threshold: 3 }), secret)
  await tally.refuses('shamir: too few', 'shamir/too-few-shares', () =>
    combine(shares.slice(0, 2), { threshold: 3 }),
  )
}

async function audit(tally: Tally): Promise<void> {
  const key = AeadKey.generate(systemRandom)
  const log = auditLog(key, memoryLog())
  const { record } = await log.append({ actor: 'Dr. García', action: 'message_open', patientId: 'PAT-12345' })
  tally.same('audit: one record', openEntry(key, record).actor, 'Dr. García')
  for await (const result of log.readAll()) {
    tally.same('audit: read back', 'entry' in result && result.entry.action, 'message_open')
  }
}

function elgamal(tally: Tally): void {
  const message = encodeUtf8(text)
  const signer = generateSigningKeyPair('ffdhe2048', systemRandom)
  const signature = sign(signer, message, systemRandom)
  tally.holds('elgamal-session: verified', verify(signer.publicKey, message, signature))
  const changed = { ...signature, s: signature.s ^ 1n }
  tally.same('elgamal-session: changed', verify(signer.publicKey, message, changed), false)
  const pair = generateEncryptionKeyPair('ffdhe2048', systemRandom)
  tally.same('elgamal-session: decrypted', decrypt(pair, encrypt(pair.publicKey, 42n, systemRandom)), 42n)
}

async function ledger(tally: Tally): Promise<void> {
  using doctor = DoctorKey.generate()
  const patientHash = hashKey(encodeUtf8('public key of the patient'))
  const record = createRecord(doctor, { patientHash, prescription: 'Ibuprofen 400 mg, 1-0-1', nonce: 1n })
  const chain = await openChain(memoryLog())
  const miner = hashKey(new Uint8Array(1))
  const draft = chain.draft({ miner, records: [record], timestamp: 0n, difficulty: 1_000n })
  await chain.append((await mineBlock(draft)).block)
  tally.same('emr-ledger: the prescription is in the chain', chain.nonceOf(doctor.doctorHash), 1n)
  const again = await mineBlock(chain.draft({ ...draft, timestamp: 1n }))
  await tally.refuses('emr-ledger: the same again', 'ledger/chain', () => chain.append(again.block))
}

async function envelope(tally: Tally): Promise<void> {
  const [alice, bob] = await Promise.all([
    generateRsaKeyPair({ bits: 2048 }),
    generateRsaKeyPair({ bits: 2048 }),
  ])
  const store = memoryBlobStore()
  const record = systemRandom.bytes(100_000)
  const sealed = await putEnvelope(store, record, [await rsaRecipient('alice', alice.publicKeyPem)])
  const asAlice = await rsaIdentity(alice.privateKeyPem, { recipientId: 'alice' })
  tally.same('ipfs-envelope: opened', await getEnvelope(store, sealed, asAlice), record)
  const asBob = await rsaIdentity(bob.privateKeyPem)
  await tally.refuses('ipfs-envelope: somebody else', 'open/failed', () => getEnvelope(store, sealed, asBob))
  await tally.refuses('ipfs-envelope: a passphrase', 'envelope/encrypted-key-unsupported', () =>
    generateRsaKeyPair({ bits: 2048, passphrase: 'long enough for a test' }),
  )
}
