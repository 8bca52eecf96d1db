/**
 * What a pool and its threads send each other: everything of one message in one piece of memory, which is moved and not
 * copied.
 */
import { type HandshakeWork, publicKeyBytesOf, type Suite, type WorkedHandshake } from '../noise.js'

const keyBytes = 32
const workHead = 8
const answerHead = 16

/** What a thread is started with. */
export interface ThreadData {
  readonly suite: Suite
  readonly privateKey: Uint8Array
}

export interface Answer {
  readonly worked: WorkedHandshake | null
  readonly elapsedMs: number
}

/** The psk of each is wiped where it was. */
export function packWorks(works: readonly HandshakeWork[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(works.reduce((sum, work) => sum + sizeOf(work), 0))
  const view = new DataView(packed.buffer)
  let at = 0
  for (const { pattern, prologue, message, psk } of works) {
    view.setUint8(at, pattern === 'IKpsk2' ? 0 : 1)
    view.setUint8(at + 1, psk === null ? 0 : 1)
    view.setUint16(at + 2, prologue.length)
    view.setUint32(at + 4, message.length)
    at += workHead
    for (const part of psk === null ? [prologue, message] : [psk, prologue, message]) {
      packed.set(part, at)
      at += part.length
    }
    psk?.fill(0)
  }
  return packed
}

const sizeOf = ({ prologue, message, psk }: HandshakeWork): number =>
  workHead + prologue.length + message.length + (psk === null ? 0 : keyBytes)

/** Views, whose psk is wiped with the rest. */
export function unpackWorks(packed: Uint8Array, suite: Suite): readonly HandshakeWork[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const works: HandshakeWork[] = []
  for (let at = 0; at < packed.length; ) {
    const pattern = view.getUint8(at) === 0 ? 'IKpsk2' : 'NNpsk0'
    const pskEnd = at + workHead + keyBytes * view.getUint8(at + 1)
    const prologueEnd = pskEnd + view.getUint16(at + 2)
    const end = prologueEnd + view.getUint32(at + 4)
    const psk = pskEnd === at + workHead ? null : packed.subarray(at + workHead, pskEnd)
    const [prologue, message] = [packed.subarray(pskEnd, prologueEnd), packed.subarray(prologueEnd, end)]
    works.push({ pattern, suite, prologue, message, psk })
    at = end
  }
  return works
}

const answerBytes = (suite: Suite): number => answerHead + 2 * publicKeyBytesOf(suite) + 3 * keyBytes

/** What is secret is wiped where it was. */
export function packAnswers(answers: readonly Answer[], suite: Suite): Uint8Array<ArrayBuffer> {
  const size = answerBytes(suite)
  const packed = new Uint8Array(answers.length * size)
  const view = new DataView(packed.buffer)
  for (const [i, { worked, elapsedMs }] of answers.entries()) {
    view.setFloat64(i * size, elapsedMs)
    if (worked === null) continue
    view.setUint8(i * size + 8, 1)
    view.setUint8(i * size + 9, worked.theirStatic === null ? 0 : 1)
    let at = i * size + answerHead
    const { chainingKey, key, hash, keys, theirStatic } = worked
    for (const part of [chainingKey, key, hash, keys, theirStatic ?? new Uint8Array(0)]) {
      packed.set(part, at)
      at += part.length
    }
    for (const secret of [chainingKey, key]) secret.fill(0)
  }
  return packed
}

/** Views. */
export function unpackAnswers(packed: Uint8Array, suite: Suite): readonly Answer[] {
  const [size, publicKeyBytes] = [answerBytes(suite), publicKeyBytesOf(suite)]
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  return Array.from({ length: packed.length / size }, (_, i) => {
    const start = i * size
    const elapsedMs = view.getFloat64(start)
    if (view.getUint8(start + 8) === 0) return { worked: null, elapsedMs }
    let at = start + answerHead
    const take = (bytes: number): Uint8Array => {
      at += bytes
      return packed.subarray(at - bytes, at)
    }
    const [chainingKey, key, hash] = [take(keyBytes), take(keyBytes), take(keyBytes)]
    const [keys, theirs] = [take(publicKeyBytes), take(publicKeyBytes)]
    const theirStatic = view.getUint8(start + 9) === 1 ? theirs : null
    return { worked: { chainingKey, key, hash, keys, theirStatic }, elapsedMs }
  })
}
