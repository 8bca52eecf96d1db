/**
 * The same file, sealed and opened into another: ours, age-encryption, and the `age` of the machine. Nobody waits for the
 * disk: `age` calls no fsync and renames nothing, so that the others do not either.
 */
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { type ByteTransform, openStream, sealStream, through } from '@chartseal/core/chunked'
import { lentPieces, nodeFileSystem, writeFully, writeGathered } from '@chartseal/core/files'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { type Case, type Contender, inProcess, type Skipped } from '../measure.js'
import { pattern } from '../pattern.js'
import { ageProgram } from '../peers/age-program.js'

const mebibyte = 1_048_576
const fileBytes = 128 * mebibyte

export const ownFileName = 'core/chunked, a file'
export const ageLibraryName = 'age-encryption'
export const ageProgramName = 'age, the program'

interface FileCipher {
  readonly name: string
  seal(from: string, to: string): Promise<void>
  open(from: string, to: string): Promise<void>
}

export async function fileCases(): Promise<readonly Case[]> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const program = await ageProgram(folder)
  const ciphers = [
    own(),
    await ageLibrary(),
    ...(program === null ? [] : [{ name: ageProgramName, ...program }]),
  ]
  const absent: readonly Skipped[] =
    program === null ? [{ name: ageProgramName, skipped: 'there is no age' }] : []
  return (['seal', 'open'] as const).map(way => ({
    id: `file-${way}`,
    title: `${way === 'seal' ? 'Sealing' : 'Opening'} a file of 128 MiB into another`,
    unit: 'MB/s',
    perUnit: fileBytes / 1e6,
    contenders: [...ciphers.map((cipher, i) => contender(cipher, way, join(folder, `${i}`))), ...absent],
    warmUpMs: 1,
  }))
}

const readable = (path: string): ReadableStream<Uint8Array> =>
  Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>

const intoFile = (path: string): WritableStream<Uint8Array> => Writable.toWeb(createWriteStream(path))

function own(): FileCipher {
  const key = AeadKey.generate(systemRandom)
  const context = new Uint8Array(32)
  return {
    name: ownFileName,
    seal: (from, to) => moved(from, sealStream(key, context), to),
    open: (from, to) => moved(from, openStream(key, context), to),
  }
}

/** As the command line moves files, which then waits for the disk and renames. */
async function moved(from: string, transform: ByteTransform, to: string): Promise<void> {
  rmSync(to, { force: true })
  const source = await nodeFileSystem.open(from, 'read', 0)
  const target = await nodeFileSystem.open(to, 'create', 0o600)
  let position = 0
  try {
    await writeGathered(through(lentPieces(source), transform), async bytes => {
      await writeFully(target, bytes, position)
      position += bytes.length
    })
  } finally {
    await Promise.all([source.close(), target.close()])
  }
}

async function ageLibrary(): Promise<FileCipher> {
  const identity = await generateX25519Identity()
  const [sealing, opening] = [new Encrypter(), new Decrypter()]
  sealing.addRecipient(await identityToRecipient(identity))
  opening.addIdentity(identity)
  return {
    name: ageLibraryName,
    seal: async (from, to) => (await sealing.encrypt(readable(from))).pipeTo(intoFile(to)),
    open: async (from, to) => (await opening.decrypt(readable(from))).pipeTo(intoFile(to)),
  }
}

/** Files are made by the first work, and counted with it: that is the warm-up. */
function contender(cipher: FileCipher, way: 'seal' | 'open', at: string): Contender {
  const [plain, sealed, output] = [`${at}.plain`, `${at}.sealed`, `${at}.${way}`]
  let isReady = false
  const prepare = async (sizeBytes: number): Promise<void> => {
    writeFileSync(plain, repeated(sizeBytes))
    await cipher.seal(plain, sealed)
    isReady = true
  }
  const work = inProcess(
    cipher.name,
    async () => {
      await prepare(100_000)
      isReady = false
      await cipher.open(sealed, output)
      return readFileSync(output)
    },
    async amount => {
      if (!isReady) await prepare(fileBytes)
      for (let i = 0; i < amount; i++) await cipher[way](way === 'seal' ? plain : sealed, output)
    },
  )
  return {
    ...work,
    close() {
      for (const path of [plain, sealed, output]) rmSync(path, { force: true })
    },
  }
}

function repeated(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  const part = pattern(mebibyte)
  for (let at = 0; at < sizeBytes; at += mebibyte) bytes.set(part.subarray(0, sizeBytes - at), at)
  return bytes
}
