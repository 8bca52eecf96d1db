import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import type { CID } from 'multiformats/cid'
import { isBlockOf } from '../cid/addressing.js'
import { cidInAnyBase, sameBlock } from '../cid/bases.js'
import { dagPbCodec, parseCid } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import type { TimedAnswer } from '../net/answer.js'
import { storeError } from '../stores/errors.js'
import { NodeCalls, type NodeOptions, type Query, type Refusal } from './call.js'
import { objectsOf, textAt } from './lines.js'
import { streamedForm } from './multipart.js'

/** The most that is taken as one block: what nodes exchange has at most 2 MiB. */
const maxBlockBytes = 2_097_152
const maxAnswerBytes = 1_048_576

/**
 * An IPFS node over its RPC API, as Kubo has it. Whatever it gives is checked by whoever asked: CIDs are computed
 * here, and compared as bytes, since a node may write them in another base.
 *
 * Each call throws `remote/timeout`, `remote/unreachable`, `remote/refused` or `remote/bad-answer`.
 */
export interface IpfsNode {
  /** What the node says that it is. */
  version(): Promise<string>
  /** Stores a block, unpinned. @throws ChartsealError `envelope/cid-mismatch` for a block that is not what it is called */
  blockPut(cid: string, block: Uint8Array): Promise<void>
  /** From the node itself, or with `network` from wherever it finds it; `null` when it has none. Not checked. */
  blockGet(cid: string, options?: Where): Promise<Uint8Array | null>
  /** Size in bytes; `null` when the node has none. */
  blockStat(cid: string, options?: Where): Promise<number | null>
  /** Stores the blocks of a CAR and pins its roots, which it gives. */
  dagImport(car: AsyncIterable<Uint8Array>): Promise<readonly string[]>
  /** A CAR of all below a CID. Not checked: `importCar` does. */
  dagExport(cid: string, options?: Where): AsyncIterable<Uint8Array>
  /** Keeps everything below a CID; the node fetches what it has not. */
  pinAdd(cid: string): Promise<void>
  /** Nothing happens when it is not pinned. */
  pinRemove(cid: string): Promise<void>
  /** Whether the CID itself is pinned, with all below it. */
  isPinned(cid: string): Promise<boolean>
  /** The CIDs that are pinned with all below them. */
  pins(): AsyncIterable<string>
  /** Removes **all** blocks of the node that are not pinned, whoever put them there. Gives their number. */
  collectGarbage(): Promise<number>
}

export interface Where {
  /** Whether the node may ask its network; not when left out. */
  readonly network?: boolean
}

/** @throws RangeError for a URL that is not HTTP, that has a password, or that is plain HTTP and not on this machine */
export function ipfsNode(url: string, options: NodeOptions = {}): IpfsNode {
  const calls = new NodeCalls(url, options)
  return {
    async version() {
      return textAt(await objectIn(await calls.call('version', {}), 'version'), 'Version')
    },
    blockPut: (cid, block) => putBlock(calls, cid, block),
    async blockGet(cid, where) {
      const answer = await calls.ask('block/get', { arg: parseCid(cid).toString(), ...offline(where) })
      if (!('reason' in answer)) return answer.bytes(maxBlockBytes)
      return absent('block/get', answer)
    },
    blockStat: (cid, where) => statBlock(calls, cid, where),
    dagImport: car => importRoots(calls, car),
    dagExport: (cid, where) => exported(calls, cid, where),
    pinAdd: cid => addPin(calls, cid),
    pinRemove: cid => removePin(calls, cid),
    isPinned: cid => hasPin(calls, cid),
    async *pins() {
      for await (const cid of listPins(calls, {})) yield cid.toString()
    },
    collectGarbage: () => collected(calls),
  }
}

const offline = ({ network = false }: Where = {}): Record<string, string> =>
  network ? {} : { offline: 'true' }

async function putBlock(calls: NodeCalls, text: string, block: Uint8Array): Promise<void> {
  const operation = 'block/put'
  const cid = parseCid(text)
  if (!(await isBlockOf(cid, block))) throw envelopeError('envelope/cid-mismatch', { cid: text, reason: '' })
  const form = new FormData()
  form.append('data', new Blob([Uint8Array.from(block)]), 'block')
  const answer = await calls.call(
    operation,
    { 'cid-codec': cid.code === dagPbCodec ? 'dag-pb' : 'raw' },
    form,
  )
  expectSame(textAt(await objectIn(answer, operation), 'Key'), cid, operation)
}

async function statBlock(calls: NodeCalls, text: string, where?: Where): Promise<number | null> {
  const operation = 'block/stat'
  const cid = parseCid(text)
  const answer = await calls.ask(operation, { arg: text, ...offline(where) })
  if ('reason' in answer) return absent(operation, answer)
  const object = await objectIn(answer, operation)
  expectSame(textAt(object, 'Key'), cid, operation)
  const size = object.raw('Size')
  if (!Number.isSafeInteger(size)) throw badAnswer(operation, 'it has no size')
  return Number(size)
}

async function addPin(calls: NodeCalls, text: string): Promise<void> {
  const operation = 'pin/add'
  const cid = parseCid(text)
  const object = await objectIn(await calls.call(operation, { arg: text }), operation)
  const [pinned] = textsIn(object, 'Pins')
  if (pinned === undefined) throw badAnswer(operation, 'it names no pin')
  expectSame(pinned, cid, operation)
}

async function* exported(calls: NodeCalls, cid: string, where?: Where): AsyncGenerator<Uint8Array> {
  const answer = await calls.call('dag/export', { arg: parseCid(cid).toString(), ...offline(where) })
  yield* answer.body()
}

async function importRoots(calls: NodeCalls, car: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const operation = 'dag/import'
  const answer = await calls.call(operation, { 'pin-roots': 'true' }, streamedForm(car))
  const roots: string[] = []
  for await (const object of objectsOf(answer.body(), operation)) {
    if (!object.has('Root')) continue
    const root = object.object('Root')
    const reason = textAt(root, 'PinErrorMsg')
    if (reason !== '') throw storeError('remote/refused', { operation, status: 200, reason })
    roots.push(expectCid(textAt(root.object('Cid'), '/'), operation).toString())
  }
  // A node that failed midway may end its answer without a word.
  if (roots.length === 0) throw badAnswer(operation, 'it names no root')
  return roots
}

async function removePin(calls: NodeCalls, cid: string): Promise<void> {
  try {
    const answer = await calls.call('pin/rm', { arg: parseCid(cid).toString() })
    await answer.bytes(maxAnswerBytes)
  } catch (error) {
    if (!saysUnpinned(error)) throw error
  }
}

async function hasPin(calls: NodeCalls, text: string): Promise<boolean> {
  const asked = parseCid(text)
  try {
    for await (const pinned of listPins(calls, { arg: text })) {
      if (sameBlock(pinned, asked)) return true
    }
    return false
  } catch (error) {
    if (saysUnpinned(error)) return false
    throw error
  }
}

async function* listPins(calls: NodeCalls, query: Query): AsyncGenerator<CID> {
  const operation = 'pin/ls'
  const answer = await calls.call(operation, { ...query, type: 'recursive', stream: 'true' })
  for await (const object of objectsOf(answer.body(), operation)) {
    // An older node answers in one object, stream or not.
    if (object.has('Keys')) for (const key of object.object('Keys').keys) yield expectCid(key, operation)
    else if (textAt(object, 'Cid') !== '') yield expectCid(textAt(object, 'Cid'), operation)
  }
}

async function collected(calls: NodeCalls): Promise<number> {
  const operation = 'repo/gc'
  const answer = await calls.call(operation, { 'stream-errors': 'true' })
  let count = 0
  for await (const object of objectsOf(answer.body(), operation)) if (object.has('Key')) count++
  return count
}

/** Nodes say it in words: Kubo "… is not pinned", "not pinned or pinned indirectly". */
const saysUnpinned = (error: unknown): boolean =>
  error instanceof ChartsealError && error.code === 'remote/refused' && /not pinned/i.test(error.message)

/** As words, too: Kubo "block was not found locally", "ipld: could not find …". */
function absent(operation: string, { status, reason }: Refusal): null {
  if (/not found|could not find/i.test(reason)) return null
  throw storeError('remote/refused', { operation, status, reason })
}

async function objectIn(answer: TimedAnswer, operation: string): Promise<JsonObject> {
  const bytes = await answer.bytes(maxAnswerBytes)
  try {
    return JsonObject.parse(decodeUtf8(bytes))
  } catch {
    throw badAnswer(operation, 'it is not a JSON object')
  }
}

/** @throws ChartsealError `remote/bad-answer` for what is no CID in any base */
function expectCid(text: string, operation: string): CID {
  const cid = cidInAnyBase(text)
  if (cid === null) throw badAnswer(operation, 'it names what is no CID')
  return cid
}

function expectSame(text: string, asked: CID, operation: string): void {
  if (!sameBlock(expectCid(text, operation), asked)) throw badAnswer(operation, 'it names another block')
}

/** The list of texts, or what of it is texts. */
function textsIn(object: JsonObject, name: string): readonly string[] {
  const list = object.raw(name)
  return Array.isArray(list) ? list.filter(item => typeof item === 'string') : []
}

const badAnswer = (operation: string, reason: string): Error =>
  storeError('remote/bad-answer', { operation, reason })
