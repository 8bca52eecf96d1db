/** Readers of the apps: lines that are typed, answers and lists of other machines, files that travel. */

import { parseHostPort, parseServer } from '../../../apps/cli/dist/commands/conference/places.js'
import { parseGuestLine, parseHostLine } from '../../../apps/cli/dist/commands/conference/script.js'
import * as cliLists from '../../../apps/cli/dist/io/ledger/node/lists.js'
import * as answers from '../../../apps/console/dist/api/answers.js'
import * as emergencyAnswers from '../../../apps/console/dist/emergency/answers.js'
import { readSlipNotice, readSlipRow } from '../../../apps/console/dist/ledger/slip-notice.js'
import { formatPairingCode, readPairingCode } from '../../../apps/console/dist/pairs/code.js'
import { readNotice } from '../../../apps/console/dist/records/notice.js'
import { parseRoute } from '../../../apps/console/dist/state/route.js'
import { readAsked } from '../../../apps/console/dist/thread/again.js'
import { readReceipt } from '../../../apps/console/dist/thread/receipts.js'
import { readEvent } from '../../../apps/server/dist/break-glass/history.js'
import { readToProcess, readToServer } from '../../../apps/server/dist/conference/relay-messages.js'
import { decodeMessage, encodeMessage } from '../../../apps/server/dist/gossip/message.js'
import { rangeOf } from '../../../apps/server/dist/http/range.js'
import * as travel from '../../../apps/server/dist/ledger/travel.js'
import * as wire from '../../../apps/server/dist/ledger/wire.js'
import { encodeBase64Url, encodeCbor } from '../../../packages/core/dist/encoding.js'
import { coreError } from '../../../packages/core/dist/errors.js'
import { JsonObject, parseJson } from '../../../packages/core/dist/json.js'
import { bytesIn, filled, target, textsIn, utf8 } from '../corpus.mjs'

const lists = () => [encodeCbor([filled(40, 1), filled(3, 2)]), encodeCbor([])]
const headers = () => [
  encodeCbor([
    [filled(244, 1), filled(64, 2)],
    [filled(244, 3), filled(64, 4)],
  ]),
]
const id22 = encodeBase64Url(filled(16, 1))
const id43 = encodeBase64Url(filled(32, 1))
const ofJson = read => text => read(JsonObject.parse(text))

/** What a command line throws for an argument is shown like any refusal. */
const asArgument = parse => text => {
  try {
    return parse(text)
  } catch (error) {
    if (error?.code !== 'commander.invalidArgument') throw error
    throw coreError('encoding/invalid', { encoding: 'argument' })
  }
}

const cli = [
  target(
    'cli/parseHostLine',
    () => ['/to "Rosa P" come', 'hello', '/wait 5', '//x'],
    line => parseHostLine(line, () => ['Rosa P', 'Rosa']),
    undefined,
    { never: true },
  ),
  target('cli/parseGuestLine', () => ['/quit', 'hello'], parseGuestLine, undefined, { never: true }),
  target('cli/parseHostPort', () => ['localhost:8080', '[::1]:443'], asArgument(parseHostPort)),
  target(
    'cli/parseServer',
    () => ['https://clinic.example', 'http://127.0.0.1:8080'],
    asArgument(parseServer),
  ),
  target('cli/decodeList', lists, cliLists.decodeList),
  target('cli/decodeHeaders', headers, cliLists.decodeHeaders),
]

const toServer = () =>
  [
    { kind: 'ready', most: 5 },
    {
      kind: 'counts',
      taken: 1,
      open: 1,
      connections: 1,
      members: 1,
      behind: 0,
      frames: 5,
      refused: [['busy', 1]],
    },
    { kind: 'fault', fault: { kind: 'Error', code: 'x', at: 'y' } },
  ].map(one => JSON.stringify(one))
const keysText = () => [
  travel.keysText({ name: 'Clinic', host: 'clinic.example', sealer: ed25519Key(), registrar: ed25519Key() }),
]

function ed25519Key() {
  return bytesIn('own/pairing-v2', 'verifying_key')[0]
}

const server = [
  target('server/decodeList', lists, wire.decodeList, items =>
    wire.encodeList(items, Number.MAX_SAFE_INTEGER),
  ),
  target('server/decodeHeaders', headers, wire.decodeHeaders, items =>
    wire.encodeHeaders(items, Number.MAX_SAFE_INTEGER),
  ),
  target(
    'server/decodeMessage',
    () => [
      encodeMessage({ kind: 'block', bytes: filled(32, 1) }),
      encodeMessage({ kind: 'record', bytes: filled(90, 1) }),
    ],
    decodeMessage,
    encodeMessage,
  ),
  target('server/readToServer', toServer, text => readToServer(parseJson(text))),
  target(
    'server/readToProcess',
    () => ['{"kind":"end"}', '{"kind":"begin","policy":{"a":1}}'],
    text => readToProcess(parseJson(text)),
  ),
  target('server/readKeys', keysText, text => travel.readKeys('file', text)),
  target(
    'server/readRoster',
    () => [JSON.stringify({ v: 1, kind: 'chartseal-ledger-roster', ledger: id43, record: 'AA' })],
    text => travel.readRoster('file', text),
    undefined,
    { refusesAll: true },
  ),
  target(
    'server/rangeOf',
    () => ['bytes=0-5', 'bytes=-5', 'bytes=7-'],
    text => rangeOf(text, 1_000),
  ),
  target(
    'server/readEvent',
    () => bytesIn('own/break-glass-v2', 'request', 'event'),
    input => readEvent('request', input),
    undefined,
    { weight: 0.3 },
  ),
]

const notices = () => [
  utf8(
    JSON.stringify({
      package: id22,
      owner: id43,
      name: 'scan.dcm',
      id: id43,
      slip: 'x',
      again: ['a'],
      opened: ['b'],
    }),
  ),
]

const clinicAnswers = () => [
  JSON.stringify({
    name: 'Clinic',
    origin: 'https://clinic.example',
    now_ms: 5,
    limits: { message_bytes: 9 },
    log: { origin: 'a', verifier_key: 'b', policy: 'c' },
    console: { sha256: 'x', index: 1 },
  }),
]

const page = [
  target('console/readClinic', clinicAnswers, ofJson(answers.readClinic)),
  target(
    'console/readMessages',
    () => [JSON.stringify({ messages: [{ position: 1, id: 'a', body: 'AAAA' }], more: false })],
    ofJson(json => answers.readMessages(json, 0)),
  ),
  target(
    'console/readEntries',
    () => [JSON.stringify({ entries: [{ index: 1, id: 'a', salt: 'AAAA', entry: 'AAAA' }], more: false })],
    ofJson(answers.readEntries),
  ),
  target(
    'console/readSets',
    () => [
      JSON.stringify({
        sets: [{ position: 1, set: 'AAAA', stale: false }],
        broken: [],
        more: false,
        last_drill: { at_ms: 5, minutes_to_open: 2.5 },
      }),
    ],
    ofJson(json => emergencyAnswers.readSets(json, 0)),
  ),
  target(
    'console/readQueue',
    () => [
      JSON.stringify({
        requests: [{ position: 1, id: 'a', newest: 'AAAA', rekeyed: false, newer_set: true }],
        broken: [],
        more: false,
      }),
    ],
    ofJson(json => emergencyAnswers.readQueue(json, 0)),
  ),
  target(
    'console/readRequest',
    () => [
      JSON.stringify({
        id: 'a',
        set_statement: 'AAAA',
        events: [{ statement: 'AAAA', entry: 'AAAA', salt: 'AAAA', receipt: 'x' }],
        newer_set: false,
      }),
    ],
    ofJson(emergencyAnswers.readRequest),
  ),
  target('console/parseRoute', () => ['#/thread/abc', '#/home', ''], parseRoute, undefined, { never: true }),
  target('console/readNotice', notices, readNotice, undefined, { never: true }),
  target('console/readSlipNotice', notices, readSlipNotice, undefined, { never: true }),
  target(
    'console/readSlipRow',
    () => [encodeCbor({ v: 1, pair: 'a', kid: 'b', content: filled(9, 1) })],
    readSlipRow,
  ),
  target('console/readAsked', notices, readAsked, undefined, { never: true }),
  target('console/readReceipt', notices, readReceipt, undefined, { never: true }),
  target(
    'console/readPairingCode',
    () => textsIn('own/pairing-v2', 'uri').map(uri => formatPairingCode({ uri, slot: `${id22}.${id43}` })),
    readPairingCode,
  ),
]

export const targets = [...cli, ...server, ...page]
