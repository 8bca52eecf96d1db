/** Runner of vectors/own/log-files-v2.json: the files of a log, and evidence that it signed two histories. */
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import type { JsonObject } from '@chartseal/core/json'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { agree, type CaseRunner, lateRefusalOf } from '@chartseal/core/vectors'
import {
  bundlePath,
  decodeBundle,
  decodeTile,
  ed25519Signer,
  encodeBundle,
  type LeafCodec,
  mapSource,
  memoryStorage,
  opaqueLeaves,
  openLogWriter,
  parseForkEvidence,
  parseVerifierKey,
  tilePath,
  verifyFork,
  verifyLog,
} from '@chartseal/tlog'

const idOf = (leaf: Uint8Array): Uint8Array => sha256(leaf).slice(0, 16)

/** Leaves that are the requests themselves. */
const codec: LeafCodec<Uint8Array> = {
  idOf,
  encode: async request => request,
  idOfLeaf: idOf,
  holds: async () => true,
}

/** What a log of `size` leaves publishes, by path in order: each leaf is a word and its number. */
export async function filesOfLog(testCase: JsonObject): Promise<ReadonlyMap<string, Uint8Array>> {
  const [origin, word, size] = [testCase.text('origin'), testCase.text('leaf'), testCase.count('size')]
  using key = new SigningKey(testCase.hex('signing_key'))
  const storage = memoryStorage()
  const log = await openLogWriter({
    ...{
      storage,
      codec,
      origin,
      signer: ed25519Signer(origin, key),
      clock: systemClock,
      random: systemRandom,
    },
    // It publishes at its end and never before.
    timer: { after: () => () => undefined },
  })
  await Promise.all(Array.from({ length: size }, (_, i) => log.append(encodeUtf8(`${word} ${i}`))))
  await log.close()
  const served = [...storage.files].filter(([path]) => !path.startsWith('.state/'))
  return new Map(served.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

async function log(testCase: JsonObject): Promise<void> {
  const files = await filesOfLog(testCase)
  const lines = [...files].map(([path, file]) => `${path} ${encodeHex(sha256(file))}\n`)
  agree('how many files', files.size, testCase.count('count'))
  agree('the files', sha256(encodeUtf8(lines.join(''))), testCase.hex('digest'))
  if (testCase.has('files')) {
    const given = testCase.object('files')
    for (const path of given.keys) agree(path, files.get(path), given.hex(path))
  }
  const trust = { log: parseVerifierKey(testCase.text('log')), rules: opaqueLeaves }
  const { checkpoint, findings } = await verifyLog(mapSource(files), trust)
  agree('the size', checkpoint?.size, testCase.count('size'))
  agree('what is wrong', findings.length, 0)
}

function path(testCase: JsonObject): void {
  const [index, width] = [testCase.count('index'), testCase.count('width')]
  const made = testCase.has('level')
    ? tilePath(testCase.count('level'), index, width)
    : bundlePath(index, width)
  agree('the path', made, testCase.text('path'))
}

function bundle(testCase: JsonObject): void {
  const entries = decodeBundle(testCase.hex('bytes'))
  agree('the entries', entries.map(encodeHex).join(), testCase.texts('entries').join())
  agree('the bytes', encodeBundle(entries), testCase.hex('bytes'))
}

function fork(testCase: JsonObject): void {
  const evidence = parseForkEvidence(testCase.text('evidence'))
  const proves = verifyFork(evidence, parseVerifierKey(testCase.text('log')))
  agree('whether it proves a fork', proves, testCase.boolean('proves'))
}

const shows: Readonly<Record<string, (testCase: JsonObject) => void | Promise<void>>> = {
  log,
  path,
  bundle,
  tile: testCase => void decodeTile(testCase.hex('bytes')),
  fork,
}

export const logFiles: CaseRunner = async testCase => {
  const run = shows[testCase.text('shows')]
  if (run === undefined) throw new Error('internal: no case of this kind')
  if (!testCase.has('refused')) return run(testCase)
  agree('the refusal', await lateRefusalOf(() => run(testCase)), testCase.text('refused'))
}
