import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { fromBigIntBE } from '@chartseal/core/bytes'
import { DerReader, decodePem, derTag, encodeDer, encodePem } from '@chartseal/core/der'
import type { BlobStore } from '@chartseal/core/ports'
import { type RangedBlobStore, unixfsBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import * as dagPb from '@ipld/dag-pb'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { UnixFS } from 'ipfs-unixfs'
import { importer } from 'ipfs-unixfs-importer'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { identity } from 'multiformats/hashes/identity'
import { sha256 as hash } from 'multiformats/hashes/sha2'

const [raw, dagCbor, sha256, sha512] = [0x55, 0x71, 0x12, 0x13]
const digest = new Uint8Array(64).fill(1)
const rawCid = CID.createV1(raw, create(sha256, digest.subarray(0, 32)))

export const base58Cid: string = rawCid.toString(base58btc)
export const dagCborCid: string = CID.createV1(dagCbor, rawCid.multihash).toString()
export const sha512Cid: string = CID.createV1(raw, create(sha512, digest)).toString()
export const shortCid: string = CID.createV1(raw, create(sha256, digest.subarray(0, 16))).toString()
export const identityCid: string = CID.createV1(raw, identity.digest(digest.subarray(0, 32))).toString()

/** A store with a UnixFS folder, which is no blob. */
export async function storeWithFolder(): Promise<{ store: BlobStore; cid: string }> {
  const blocks = new MemoryBlockstore()
  let cid = ''
  const files = [{ path: 'folder/file', content: new Uint8Array(3) }]
  for await (const entry of importer(files, blocks, { profile: 'unixfs-v1-2025' })) cid = entry.cid.toString()
  return { store: unixfsBlobStore(blocks), cid }
}

/** A node that names one byte more than its leaf has. */
export async function storeWithLyingNode(): Promise<{ store: RangedBlobStore; cid: string }> {
  const blocks = new MemoryBlockstore()
  const file = new UnixFS({ type: 'file', blockSizes: [2n, 1n] })
  const links = [{ Name: '', Tsize: 1, Hash: CID.createV1(raw, await hash.digest(Uint8Array.of(1))) }]
  const node = dagPb.encode(dagPb.prepare({ Data: file.marshal(), Links: links }))
  const cid = CID.createV1(dagPb.code, await hash.digest(node))
  await blocks.put(cid, node)
  return { store: unixfsBlobStore(blocks), cid: cid.toString() }
}

type PemCase = readonly [what: string, code: string, pem: () => string]

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const spki = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString()
const pkcs8 = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString()
const pkcs1 = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs1' }).toString()

export function encryptedKey(): string {
  const options = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' } as const
  return rsa.privateKey.export(options).toString()
}

const modulus = 2n ** 2047n + 1n
const unsigned = (value: bigint): Uint8Array =>
  encodeDer(derTag.integer, fromBigIntBE(value, Math.floor(value.toString(2).length / 8) + 1))
const integers = (...values: readonly bigint[]): Uint8Array =>
  encodeDer(derTag.sequence, ...values.map(unsigned))
const publicKey = (n: bigint, e: bigint): string => encodePem('RSA PUBLIC KEY', integers(n, e))
const privateKey = (version: bigint, ...rest: readonly bigint[]): string =>
  encodePem('RSA PRIVATE KEY', integers(version, modulus, 3n, ...rest))
const longer = (pem: string): string => {
  const { label, der } = decodePem(pem)
  return encodePem(label, Uint8Array.from([...der, 0]))
}
/** The PEM with its first occurrence of some bytes replaced. */
const patched = (pem: string, from: string, to: string): string => {
  const { label, der } = decodePem(pem)
  return encodePem(label, Buffer.from(Buffer.from(der).toString('hex').replace(from, to), 'hex'))
}

/** A good private key with one of its nine numbers replaced. */
const pkcs1WithNumber = (index: number, number: bigint): string => {
  const { label, der } = decodePem(pkcs1(rsa.privateKey))
  const reader = new DerReader(der).sequence()
  const numbers = Array.from({ length: 9 }, () => reader.unsigned())
  return encodePem(label, integers(...numbers.with(index, number)))
}

export const badPublicKeys: readonly PemCase[] = [
  ['no PEM', 'der/invalid', () => 'ssh-rsa AAAA'],
  ['a private key', 'envelope/unsupported-key', () => pkcs8(rsa.privateKey)],
  ['a certificate', 'envelope/unsupported-key', () => encodePem('CERTIFICATE', integers(1n))],
  ['RSA of 1024 bits', 'envelope/rsa-size', () => spki(small.publicKey)],
  ['PKCS#1 of 1024 bits', 'envelope/rsa-size', () => pkcs1(small.publicKey)],
  ['RSA of 16,385 bits', 'envelope/rsa-size', () => publicKey(2n ** 16384n + 1n, 3n)],
  ['an elliptic curve', 'envelope/unsupported-key', () => spki(curve.publicKey)],
  ['RSA for PSS only', 'envelope/unsupported-key', () => spki(pss.publicKey)],
  ['bytes after the key', 'der/invalid', () => longer(spki(rsa.publicKey))],
  [
    'bits that are not bytes',
    'envelope/unsupported-key',
    () => patched(spki(rsa.publicKey), '0382010f00', '0382010f01'),
  ],
  ['exponent 1', 'envelope/unsupported-key', () => publicKey(modulus, 1n)],
  ['an even exponent', 'envelope/unsupported-key', () => publicKey(modulus, 4n)],
  ['an exponent of 33 bits', 'envelope/unsupported-key', () => publicKey(modulus, 2n ** 32n + 1n)],
  ['an even modulus', 'envelope/unsupported-key', () => publicKey(modulus + 1n, 3n)],
  ['a third integer', 'der/invalid', () => encodePem('RSA PUBLIC KEY', integers(modulus, 3n, 5n))],
]

export const badPrivateKeys: readonly PemCase[] = [
  ['a public key', 'envelope/unsupported-key', () => spki(rsa.publicKey)],
  ['RSA of 1024 bits', 'envelope/rsa-size', () => pkcs8(small.privateKey)],
  ['PKCS#1 of 1024 bits', 'envelope/rsa-size', () => pkcs1(small.privateKey)],
  ['an elliptic curve', 'envelope/unsupported-key', () => pkcs8(curve.privateKey)],
  ['RSA for PSS only', 'envelope/unsupported-key', () => pkcs8(pss.privateKey)],
  ['three primes', 'envelope/unsupported-key', () => privateKey(1n, 5n, 5n, 5n, 5n, 5n, 5n)],
  ['a missing integer', 'der/invalid', () => privateKey(0n, 5n, 5n, 5n, 5n, 5n)],
  [
    'a version 1 of PKCS#8',
    'envelope/unsupported-key',
    () => patched(pkcs8(rsa.privateKey), '020100', '020101'),
  ],
  ['the primes of another key', 'envelope/unsupported-key', () => pkcs1WithNumber(4, 1n)],
  ['another inverse', 'envelope/unsupported-key', () => pkcs1WithNumber(8, 1n)],
  ['zeros for numbers', 'envelope/unsupported-key', () => privateKey(0n, 0n, 0n, 0n, 0n, 0n, 0n)],
  ['bytes after the key', 'der/invalid', () => longer(pkcs1(rsa.privateKey))],
]
