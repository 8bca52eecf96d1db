/**
 * `node scripts/vectors/log-files.mjs`: makes vectors/own/log-files-v2.json and append-logs-v1.json again, from fixed keys.
 * With `--check` it writes nothing, and fails unless the files hold just that.
 */
import { createHash } from 'node:crypto'
import { filesOfLog } from '../../packages/audit/dist/vectors/log-files.js'
import { SigningKey } from '../../packages/core/dist/ed25519.js'
import { encodeHex, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import { encodeFrame, encodeHead } from '../../packages/core/dist/files/frame.js'
import { JsonObject } from '../../packages/core/dist/json.js'
import { consistencyProof, leafHash, treeRoot } from '../../packages/core/dist/merkle.js'
import {
  bundlePath,
  ed25519Signer,
  encodeBundle,
  formatCheckpoint,
  formatForkEvidence,
  signNote,
  tilePath,
} from '../../packages/tlog/dist/index.js'
import { filled, flipped, hex } from './changes.mjs'
import { freeze } from './frozen.mjs'

const origin = 'clinic.example/log'
const key = new SigningKey(filled(32, 1))
const log = ed25519Signer(origin, key)
const stranger = ed25519Signer(origin, new SigningKey(filled(32, 2)))
let cases = []
const add = (shows, title, fields) => cases.push({ shows, title, ...fields })
const bytes = (...parts) => Uint8Array.from(Buffer.concat(parts))

// Whole logs.

for (const size of [1, 3, 255, 256, 257, 700]) {
  const of = { origin, log: log.verifierKey, signing_key: encodeHex(key.reveal()), leaf: 'entry', size }
  const files = await filesOfLog(new JsonObject(of))
  const lines = [...files].map(
    ([path, file]) => `${path} ${createHash('sha256').update(file).digest('hex')}\n`,
  )
  const digest = createHash('sha256').update(lines.join('')).digest('hex')
  const whole =
    size < 4 ? { files: Object.fromEntries([...files].map(([path, file]) => [path, encodeHex(file)])) } : {}
  add('log', `${size} leaves`, { ...of, count: files.size, digest, ...whole })
}

// Where a file is, and what it holds.

for (const [level, index, width] of [
  [0, 0, 256],
  [0, 999, 256],
  [1, 1_000, 256],
  [2, 1_234_067, 17],
  [0, 999_999_999, 1],
  [null, 0, 255],
  [null, 1_234_067, 256],
])
  add('path', `${level ?? 'entries'}, ${index}, ${width} wide`, {
    ...{ level, index, width },
    path: level === null ? bundlePath(index, width) : tilePath(level, index, width),
  })
const bundle = entries => ({ entries: entries.map(encodeHex), bytes: encodeHex(encodeBundle(entries)) })
add('bundle', 'an empty entry, and a longer one', bundle([new Uint8Array(), filled(300, 7)]))
const refusedBundle = (title, data) =>
  add('bundle', title, { bytes: encodeHex(data), refused: 'tlog/bad-bundle' })
refusedBundle('nothing', new Uint8Array())
refusedBundle('half a length', bytes(encodeBundle([filled(2, 1)]), filled(1, 0)))
refusedBundle('an entry that ends too early', hex('0003aabb'))
refusedBundle('257 entries', filled(514, 0))
const refusedTile = (title, data) => add('tile', title, { bytes: encodeHex(data), refused: 'tlog/bad-tile' })
refusedTile('nothing', new Uint8Array())
refusedTile('31 bytes', filled(31, 1))
refusedTile('257 hashes', filled(257 * 32, 1))

// Evidence of a fork.

const leaves = Array.from({ length: 8 }, (_, n) => leafHash(encodeUtf8(`entry ${n}`)))
const others = leaves.with(1, leafHash(encodeUtf8('another entry')))
const checkpoint = (size, hashes, by = log, name = origin) =>
  signNote(formatCheckpoint({ origin: name, size, root: treeRoot(hashes.slice(0, size)), extensions: [] }), [
    by,
  ])
const beginning = (older, newer, hashes) => ({
  root: treeRoot(hashes.slice(0, older)),
  proof: consistencyProof(hashes.slice(0, newer), older),
})
const fork = (title, evidence, proves) =>
  add('fork', title, { evidence: formatForkEvidence(evidence), log: log.verifierKey, proves })
const sameSize = { first: checkpoint(5, leaves), second: checkpoint(5, others) }
fork('one size, two roots', sameSize, true)
fork('one size, one root', { first: checkpoint(5, leaves), second: checkpoint(5, leaves) }, false)
for (const [older, newer] of [
  [3, 8],
  [4, 8],
  [5, 7],
  [6, 7],
])
  fork(
    `another beginning, ${older} of ${newer}`,
    {
      first: checkpoint(older, leaves),
      second: checkpoint(newer, others),
      beginning: beginning(older, newer, others),
    },
    true,
  )
fork(
  'a beginning that is the same',
  {
    ...{ first: checkpoint(3, leaves), second: checkpoint(8, leaves) },
    beginning: beginning(3, 8, leaves),
  },
  false,
)
fork(
  'a proof of another tree',
  {
    ...{ first: checkpoint(3, leaves), second: checkpoint(8, leaves) },
    beginning: beginning(3, 8, others),
  },
  false,
)
fork('two sizes without a proof', { first: checkpoint(3, leaves), second: checkpoint(8, others) }, false)
fork(
  'a proof that is too long',
  {
    ...{ first: checkpoint(3, leaves), second: checkpoint(8, others) },
    beginning: {
      root: treeRoot(others.slice(0, 3)),
      proof: [...beginning(3, 8, others).proof, filled(32, 1)],
    },
  },
  false,
)
const refusedFork = (title, evidence, code) =>
  add('fork', title, { evidence, log: log.verifierKey, refused: code })
const text = formatForkEvidence(sameSize)
refusedFork('another first line', text.replace('evidence/v2', 'evidence/v1'), 'tlog/bad-proof')
refusedFork('without its last line feed', text.slice(0, -1), 'tlog/bad-proof')
refusedFork('a line without a mark', `${text}more\n`, 'tlog/bad-proof')
refusedFork('the notes in turns', text.replace(/((?:1 .*\n)+)((?:2 .*\n)+)/, '$2$1'), 'tlog/bad-proof')
refusedFork(
  'a hash of 31 bytes',
  text.replace('\n', `\n${Buffer.from(filled(31, 1)).toString('base64')}\n`),
  'tlog/bad-proof',
)
refusedFork(
  'signed by a stranger',
  formatForkEvidence({ ...sameSize, second: checkpoint(5, others, stranger) }),
  'note/unsigned',
)
refusedFork('one note alone', text.replace(/(?:2 .*\n)+/, ''), 'note/malformed')

freeze(
  'log-files-v2',
  'tiles, bundles and evidence of forks, docs/spec/audit-log-files.md and tlog.md; node scripts/vectors/log-files.mjs makes it again',
  cases,
)

// Append logs.

cases = []
const kind = 'audit-journal/1'
const id = filled(16, 5)
const frames = [filled(3, 1), new Uint8Array(), filled(300, 2)].map((record, at) =>
  encodeFrame(id, at, record),
)
const head = encodeHead(kind, id)
const whole = bytes(head, ...frames)
const records = [filled(3, 1), new Uint8Array(), filled(300, 2)].map(encodeHex)
const appended = (title, file, count, torn = 0) =>
  cases.push({
    title,
    kind,
    file: encodeHex(file),
    id: encodeHex(id),
    records: records.slice(0, count),
    torn_bytes: torn,
  })
const refusedLog = (title, file, refused, of = kind) =>
  cases.push({ title, kind: of, file: encodeHex(file), refused })
appended('nothing but a head', head, 0)
appended('three records', whole, 3)
appended('cut in a record', whole.slice(0, -9), 2, frames[2].length - 9)
appended('cut in the head of a frame', whole.slice(0, head.length + frames[0].length + 7), 1, 7)
const grown = bytes(whole.slice(0, head.length + frames[0].length), filled(700, 0))
appended('grown and not filled', grown, 1, 700)
appended(
  'a head, and a record that was not filled',
  bytes(head, frames[0].slice(0, 16), filled(600, 0)),
  0,
  616,
)
refusedLog('nothing', new Uint8Array(), 'files/not-a-log')
refusedLog('half a head', head.slice(0, 40), 'files/not-a-log')
refusedLog('a head that was changed', flipped(head, 33), 'files/not-a-log')
/** A head with its check made again. */
function headWith(change) {
  const changed = head.slice(0, 48)
  change(changed)
  return bytes(changed, createHash('sha256').update(changed).digest().subarray(0, 8))
}
refusedLog(
  'another version',
  headWith(one => one.set([2], 8)),
  'files/unsupported-version',
)
refusedLog(
  'bytes where zeros belong',
  headWith(one => one.set([1], 12)),
  'files/not-a-log',
)
refusedLog(
  'a kind with a zero in it',
  headWith(one => one.set([0], 20)),
  'files/not-a-log',
)
refusedLog(
  'a kind that cannot be shown',
  headWith(one => one.set([0xe9], 20)),
  'files/not-a-log',
)
refusedLog('another kind', whole, 'files/wrong-kind', 'emr-ledger/v2')
refusedLog('a bit of a record', flipped(whole, head.length + 17), 'files/corrupt-record')
refusedLog('a bit of the last record', flipped(whole, -20), 'files/corrupt-record')
refusedLog('a bit of a length', flipped(whole, head.length + 3), 'files/corrupt-record')
refusedLog('a record that is missing', bytes(head, frames[0], frames[2]), 'files/corrupt-record')
refusedLog(
  'a piece that is missing',
  bytes(head, frames[0].slice(0, 18), frames[1], frames[2]),
  'files/corrupt-record',
)
refusedLog(
  'a frame of another log',
  bytes(head, encodeFrame(filled(16, 6), 0, filled(3, 1))),
  'files/corrupt-record',
)
refusedLog('something behind the last record', bytes(whole, filled(20, 9)), 'files/corrupt-record')
freeze(
  'append-logs-v1',
  'append logs, docs/spec/append-log.md; node scripts/vectors/log-files.mjs makes it again',
  cases,
)
