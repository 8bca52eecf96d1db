/** Runner of vectors/own/owner-files.json: files that their owner alone reads. */
import { openBytes } from '@chartseal/core/chunked'
import { decodeCbor, decodeHex, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { type JsonObject, toJsonText } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { agree, type CaseRunner, Disagreement, lateRefusalOf } from '@chartseal/core/vectors'
import { decodeTeam, encodeTeam } from '@chartseal/elgamal-session/team'
import { type Argon2id, encodeRing, hardenPassphrase, parsePhc, systemArgon2id } from '@chartseal/kdf-keyring'
import { parseShare } from '@chartseal/shamir'
import {
  decodeBook as decodeConference,
  decodeSeat,
  encodeBook as encodeConference,
  encodeSeat,
} from '../conference/codec.js'
import { decodeDevice, encodeDevice } from '../device-cbor.js'
import { FileSeal } from '../fs/file-seal.js'
import { openFolderKeys, openState, parseKeyFile } from '../fs/ring-keys.js'
import { openKitBook } from '../kit-book.js'
import { decodeBook, decodeErrand, encodeBook, encodeErrand } from '../prescriptions/book-cbor.js'
import { openCareTeam, parseCareTeamFile } from '../team/file.js'

/** All files have one passphrase, which is hardened once. */
const argon2id: Argon2id = async (secret, parameters) => {
  const name = `${encodeHex(secret)} ${encodeHex(parameters.salt)}`
  const made = hardened.get(name) ?? systemArgon2id(secret, parameters)
  hardened.set(name, made)
  return (await made).slice()
}
const hardened = new Map<string, Promise<Uint8Array>>()

const world = { random: systemRandom, argon2id }

async function sealedFile(testCase: JsonObject): Promise<void> {
  const file = testCase.hex('file')
  const seal = await FileSeal.open(file, testCase.text('passphrase'), world)
  agree('the content', seal.unseal(file), testCase.hex('content'))
  for (const part of testCase.objects('parts')) {
    const [context, sealed] = [part.text('context'), part.hex('sealed')]
    agree(context, seal.openPart(context, sealed, 'part'), part.hex('content'))
    using key = new AeadKey(testCase.hex('key'))
    agree('the key of the file', openBytes(key, sealed, encodeUtf8(context)), part.hex('content'))
  }
}

/** What is read is written again as the same bytes, and says what the case says. */
function agreeOnBytes(testCase: JsonObject, write: (bytes: Uint8Array) => Uint8Array): void {
  agree('the bytes', write(testCase.hex('bytes')), testCase.hex('bytes'))
}

function agreeOnFields(testCase: JsonObject, name: string, value: Parameters<typeof toJsonText>[0]): void {
  agree(name, toJsonText(value), JSON.stringify(testCase.raw(name)))
}

const conferences: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  book: bytes => encodeConference(decodeConference(bytes)),
  seat: bytes => encodeSeat(decodeSeat(bytes)),
}

function conference(testCase: JsonObject): void {
  const again = conferences[testCase.text('kind')]
  if (again === undefined) throw new Error('internal: no file of this kind')
  agreeOnBytes(testCase, again)
  if (testCase.has('says')) agreeOnFields(testCase, 'says', decodeCbor(testCase.hex('bytes')))
}

function book(testCase: JsonObject): void {
  const read = decodeBook(testCase.hex('bytes'))
  agreeOnBytes(testCase, () => encodeBook(read))
  agree(
    'the records',
    read.errands.map(({ record }) => encodeHex(record.txid)).join(),
    testCase.texts('txids').join(),
  )
}

function errand(testCase: JsonObject): void {
  const read = decodeErrand(testCase.hex('bytes'))
  agreeOnBytes(testCase, () => encodeErrand(read))
  agree('the record', read.record.txid, testCase.hex('txid'))
}

async function team(testCase: JsonObject): Promise<void> {
  const file = parseCareTeamFile(testCase.hex('file'))
  using key = await hardenPassphrase(testCase.text('passphrase'), parsePhc(file.phc), argon2id)
  const opened = openCareTeam(file, key)
  const state = encodeTeam(opened.team)
  agree('the state', encodeTeam(decodeTeam(state.slice())), state)
  const { pair, keeperName: keeper, unsent } = opened
  agreeOnFields(testCase, 'says', { team: state, pair, keeper, unsent: [...unsent] })
}

async function folderKeys(testCase: JsonObject): Promise<ReturnType<typeof openFolderKeys>> {
  const file = parseKeyFile(testCase.hex('key_file'))
  using key = await hardenPassphrase(testCase.text('passphrase'), parsePhc(file.phc), argon2id)
  return openFolderKeys(file, key)
}

async function ring(testCase: JsonObject): Promise<void> {
  const keys = await folderKeys(testCase)
  agree('the keys', keys.map(key => encodeHex(key.reveal())).join(), testCase.texts('folder_keys').join())
  const by = keys[testCase.count('opened_by')]
  const opened = openState(testCase.hex('state_file'), keys)
  if (opened === null) throw new Disagreement('the state does not open')
  agree('the key that opened', opened.key, by)
  agree('the state', encodeDevice(opened.device), testCase.hex('state'))
}

async function kit(testCase: JsonObject): Promise<void> {
  const shares = testCase.texts('shares').map(share => parseShare(decodeHex(share)))
  const { pages, more } = await openKitBook(testCase.hex('book'), shares)
  const read = pages.map(page => ({ state: encodeRing(page.ring), about: page.about }))
  const given = testCase
    .objects('pages')
    .map(page => ({ state: page.hex('state'), about: page.hex('about') }))
  agree('the pages', toJsonText(read), toJsonText(given))
  agree('what is more', more, testCase.has('more') ? testCase.hex('more') : null)
}

const shows: Readonly<Record<string, (testCase: JsonObject) => void | Promise<void>>> = {
  file: sealedFile,
  conference,
  book,
  errand,
  team,
  ring,
  'ring-key': async testCase => void (await folderKeys(testCase)),
  'ring-state': testCase => void decodeDevice(testCase.hex('state')),
  kit,
}

/** Each file opens and says what it says, and is the same when it is written again; or is refused with a code. */
export const ownerFile: CaseRunner = async testCase => {
  const run = shows[testCase.text('shows')]
  if (run === undefined) throw new Error('internal: no case of this kind')
  if (!testCase.has('refused')) return run(testCase)
  agree('the refusal', await lateRefusalOf(() => run(testCase)), testCase.text('refused'))
}
