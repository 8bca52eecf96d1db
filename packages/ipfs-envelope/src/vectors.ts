/** Runners of the vector files of this format; see `@chartseal/core/vectors`. */
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import type { Random } from '@chartseal/core/ports'
import { agree, type CaseRunner, type VectorContext, type VectorRunners } from '@chartseal/core/vectors'
import { parseCid, rawCodec } from './cid/parse.js'
import { unixfsAddressing } from './unixfs.js'
import {
  formatPackage,
  getEnvelope,
  type Identity,
  memoryBlobStore,
  openEnvelope,
  packageFields,
  packageFrom,
  parsePackage,
  rsaIdentity,
  rsaRecipient,
  sealEnvelope,
} from './v1.js'

const addressing = unixfsAddressing()

/** Every recipient opens the package by name and by trial; sealed again, ciphertext and CID are the same. */
const openForEveryone: CaseRunner = async (testCase, { file }) => {
  const envelope = packageFrom(testCase.object('package'))
  const again = packageFields(parsePackage(formatPackage(envelope)))
  agree('the package, parsed and formatted', JSON.stringify(again), JSON.stringify(packageFields(envelope)))
  for (const recipient of testCase.objects('recipients')) await openAs(recipient, testCase, file)
  await sealAgain(testCase, file)
}

async function openAs(recipient: JsonObject, testCase: JsonObject, file: JsonObject): Promise<void> {
  const envelope = packageFrom(testCase.object('package'))
  const pem = keyAt(file, 'private_keys_pem', recipient.count('private_key_index'))
  const ciphertext = testCase.hex('ciphertext')
  for (const options of [{ recipientId: recipient.text('id') }, {}]) {
    const identity = await rsaIdentity(pem, options)
    await agreeOnFileKey(identity, recipient.has('file_key') ? recipient : testCase, testCase)
    const plaintext = await openEnvelope(envelope, ciphertext, identity, addressing)
    await agreeOnPlaintext(plaintext, testCase, recipient)
    if (parseCid(envelope.cid).code !== rawCodec) continue
    const store = memoryBlobStore(new Map([[envelope.cid, ciphertext]]))
    agree('the plaintext from a store', await getEnvelope(store, envelope, identity), plaintext)
  }
}

async function agreeOnPlaintext(
  plaintext: Uint8Array,
  testCase: JsonObject,
  recipient: JsonObject,
): Promise<void> {
  if (testCase.has('plaintext')) agree('the plaintext', plaintext, testCase.hex('plaintext'))
  if (recipient.has('whole_package')) await agreeOnDigest(plaintext, recipient.object('whole_package'))
}

async function agreeOnFileKey(identity: Identity, holder: JsonObject, testCase: JsonObject): Promise<void> {
  if (!holder.has('file_key')) return
  const { encKeys } = packageFrom(testCase.object('package'))
  const { recipientId } = identity
  const fileKey = await identity.unwrap(
    encKeys.filter(key => recipientId === null || key.recipientId === recipientId),
  )
  agree('the file key', fileKey === null ? null : encodeHex(fileKey.reveal()), holder.text('file_key'))
}

/** With the case's file key and nonce, sealing gives its ciphertext and, for one raw block, its CID. */
async function sealAgain(testCase: JsonObject, file: JsonObject): Promise<void> {
  if (!['file_key', 'plaintext'].every(field => testCase.has(field)) || !file.has('public_keys_pem')) return
  const envelope = packageFrom(testCase.object('package'))
  const answers = [testCase.hex('file_key'), envelope.nonce]
  const random: Random = { bytes: () => Uint8Array.from(answers.shift() ?? []) }
  const recipients = await Promise.all(
    testCase
      .objects('recipients')
      .map(one =>
        rsaRecipient(one.text('id'), keyAt(file, 'public_keys_pem', one.count('private_key_index'))),
      ),
  )
  const sealed = await sealEnvelope(testCase.hex('plaintext'), recipients, addressing, { random })
  agree('the ciphertext', sealed.ciphertext, testCase.hex('ciphertext'))
  agree('the nonce', sealed.package.nonce, envelope.nonce)
  const matches = await addressing.matches(envelope.cid, sealed.ciphertext)
  agree('the CID of the ciphertext', matches, true)
}

/** There is no lenient mode: `should` judges, and `seed_verdict` is only a record. */
const judge: CaseRunner = async (testCase, context) => {
  const expected = expectedOf(testCase)
  const verdict = await openOrCode(testCase, context)
  const accepted = verdict instanceof Uint8Array
  if (expected === 'accept' || expected === 'reject') {
    agree('the verdict', accepted ? 'accept' : 'reject', expected)
  } else if (hasOtherFields(testCase)) {
    // "implementation choice": fields that nothing authenticates are refused (docs/spec/envelope-v1.md).
    agree('the answer to other fields', verdict, 'envelope/unknown-field')
  }
  if (accepted) await agreeOnDigest(verdict, testCase)
}

function expectedOf(testCase: JsonObject): string {
  return testCase.text(testCase.has('should') ? 'should' : 'seed_verdict')
}

async function openOrCode(testCase: JsonObject, context: VectorContext): Promise<Uint8Array | string> {
  const packages = context.sibling('envelope-packages')
  const pem = keyAt(packages, 'private_keys_pem', testCase.count('private_key_index'))
  const recipientId = nameFor(testCase, packages, context.file)
  try {
    const identity = await rsaIdentity(pem, recipientId === null ? {} : { recipientId })
    const envelope = packageFrom(testCase.object('package'))
    return await openEnvelope(envelope, testCase.hex('ciphertext'), identity, addressing)
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

/**
 * The name that the owner of the case's private key goes by. The cases do not say it, so it is learned from
 * the packages the key belongs to, and from the accepted cases beside this one.
 */
function nameFor(testCase: JsonObject, packages: JsonObject, file: JsonObject): string | null {
  if (testCase.has('recipient')) return testCase.text('recipient')
  const index = testCase.count('private_key_index')
  const names = [...namesInPackages(packages, index), ...namesInAccepted(file, index)]
  const present = testCase.object('package').object('enc_keys').keys
  return names.find(name => present.includes(name)) ?? names[0] ?? null
}

function namesInPackages(packages: JsonObject, index: number): readonly string[] {
  return packages
    .objects('cases')
    .flatMap(one => one.objects('recipients'))
    .filter(recipient => recipient.count('private_key_index') === index)
    .map(recipient => recipient.text('id'))
}

function namesInAccepted(file: JsonObject, index: number): readonly string[] {
  return file
    .objects('cases')
    .filter(one => expectedOf(one) === 'accept' && one.count('private_key_index') === index)
    .map(one => one.object('package').object('enc_keys').keys)
    .flatMap(names => (names.length === 1 ? names : []))
}

function hasOtherFields(testCase: JsonObject): boolean {
  return testCase.object('package').keys.some(key => !['cid', 'nonce', 'enc_keys'].includes(key))
}

async function agreeOnDigest(plaintext: Uint8Array, testCase: JsonObject): Promise<void> {
  if (!testCase.has('seed_plaintext_sha256')) return
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(plaintext))
  agree(
    'the hash of the plaintext',
    encodeHex(new Uint8Array(digest)),
    testCase.text('seed_plaintext_sha256'),
  )
}

function keyAt(file: JsonObject, field: string, index: number): string {
  const pem = file.texts(field)[index]
  if (pem === undefined) throw new Error(`${field} has no element ${index}`)
  return pem
}

export const runners: VectorRunners = {
  'envelope-packages': openForEveryone,
  'envelope-reject': judge,
}

export { shlRunners } from './vectors/shl.js'
export { wycheproof } from './vectors/wycheproof.js'
