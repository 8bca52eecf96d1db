/** Attacks on messages and the keys that seal them. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import {
  advanceRing,
  createRing,
  epochKey,
  epochOf,
  epochStart,
  graceMs,
  type Ring,
  readingKey,
  takeSealingKey,
} from '@chartseal/kdf-keyring'
import { KeyRing, minIterations, monthKey } from '@chartseal/kdf-keyring/v1'
import {
  advanceWindow,
  emptyWindow,
  formatMessage,
  judgeCounter,
  type MessageKey,
  openMessage,
  parseMessage,
  sealMessage,
} from '@chartseal/wire'
import { open, seal } from '@chartseal/wire/v1'
import type { Tools } from '../interop/operation.js'
import { type Attack, present, requireWorks } from './attack.js'

const patientId = 'PAT-12345'
const text = 'Take 1 tablet every 8 hours.'
const binding = { patientId, thread: 'ward 3', sender: 'doctor', recipient: 'patient' }

function sealed(sealing: MessageKey, { random, clock }: Tools): Uint8Array {
  const content = new TextEncoder().encode(text)
  return sealMessage(sealing, binding, { mediaType: 'text/plain', content, sentAtMs: clock.nowMs() }, random)
}

function opens(key: AeadKey, message: Uint8Array): boolean {
  try {
    return new TextDecoder().decode(openMessage(key, message, binding).body.content) === text
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'open/failed') return false
    throw error
  }
}

export const shredding: Attack = {
  name: 'shredding',
  title: 'The key of a destroyed month is back at the next call',
  errata: ['M6'],
  against: 'package',
  refusal: 'keyring/no-such-key',
  async breaks({ random, clock }, tell) {
    const secret = new SecretBytes(random.bytes(32))
    const derivation = { iterations: minIterations }
    using ring = new KeyRing(secret, { ...derivation, clock })
    const month = ring.currentMonth
    const line = seal(await ring.keyForSealing(), text, patientId, { random })
    ring.destroy(month)
    tell(`the key of ${month} is "crypto-shredded", and a message of that month lies on a chat server`)
    using again = await monthKey(secret, month, derivation)
    const { plaintext } = open(again, line)
    tell(`the secret, which stays on the device, gives the same key again: "${plaintext}"`)
    return plaintext === text
  },
  prepare(tools, tell) {
    const nowMs = tools.clock.nowMs()
    const senders = [0, 1].map(() => verifyingKeyOf(SigningKey.generate(tools.random)))
    const { ring, sealing } = takeSealingKey(newRing(tools, senders), text.length, nowMs)
    const message = sealed(sealing, tools)
    const isReadBy = (stolen: Ring): boolean =>
      keysIn(stolen, ring.epoch, senders).some(key => opens(new AeadKey(key), message))
    requireWorks(isReadBy(ring), 'the ring of the month gives the key')
    const nextMonth = epochStart(ring.epoch + 1)
    const later = advanceRing(advanceRing(ring, nextMonth), nextMonth + graceMs)
    tell('who has a ring of version 2 reads the messages of its month; the month ends, and seven days pass')
    tell('the device is stolen: every secret of the ring, and every key of that month made of it, is tried')
    return () => (isReadBy(later) ? 'read' : readingKey(later, sealing.kid))
  },
}

/** Every secret that a ring has, and what the formula for keys of that epoch makes of each (docs/spec/keyring-v2.md). */
function keysIn(
  { chain, grace }: Ring,
  epoch: number,
  senders: readonly Uint8Array[],
): readonly Uint8Array[] {
  const secrets = [chain, ...grace.flatMap(({ keys }) => keys.map(({ key }) => key))]
  return secrets.flatMap(secret => [
    secret.reveal(),
    ...senders.map(sender => epochKey(new SecretBytes(secret.reveal()), epoch, sender, 0).key.reveal()),
  ])
}

function newRing({ random, clock }: Tools, senders: readonly Uint8Array[]): Ring {
  const [root, nowMs] = [new SecretBytes(random.bytes(32)), clock.nowMs()]
  const [ownVerifyingKey, peerVerifyingKey] = [present(senders[0]), present(senders[1])]
  return createRing({ root, ownVerifyingKey, peerVerifyingKey, firstEpoch: epochOf(nowMs), nowMs })
}

export const laxWire: Attack = {
  name: 'lax-wire',
  title: 'One sealed message in five spellings, and all of them open',
  errata: ['M11'],
  against: 'package',
  refusal: 'message/malformed',
  breaks({ random }, tell) {
    using key = AeadKey.generate(random)
    const line = seal(key, text, patientId, { random })
    const spellings = laxSpellings(
      line.slice(0, line.lastIndexOf(':') + 1),
      line.slice(line.lastIndexOf(':') + 1, -1),
      ']',
    )
    const good = spellings.filter(spelling => open(key, spelling, { lenient: true }).plaintext === text)
    tell(`${new Set(spellings).size} different texts, made without the key, open to the same message`)
    tell('whoever keeps a list of what came already takes each of them for a new one')
    return good.length === spellings.length && !spellings.includes(line)
  },
  prepare(tools, tell) {
    using key = AeadKey.generate(tools.random)
    const message = sealed({ key, kid: tools.random.bytes(8), counter: 0n }, tools)
    const line = formatMessage(message)
    requireWorks(opens(key, parseMessage(line)), 'the one spelling opens')
    const [head, tail] = ['[CHARTSEAL:v2:', ']']
    const spellings = laxSpellings(head, line.slice(head.length, -1), tail)
    tell(`the same edits make ${spellings.length} texts of a message of version 2; its own spelling opens`)
    return () => lastRefusal(spellings.map(spelling => () => parseMessage(spelling)))
  },
}

/** Edits of base64 for which no key is needed: white space, foreign characters, what follows the padding, spare bits. */
function laxSpellings(head: string, base64: string, tail: string): readonly string[] {
  const digits = base64.replace(/=+$/, '')
  const padding = base64.slice(digits.length)
  const [start, end] = [base64.slice(0, 4), base64.slice(4)]
  return [
    `${start}\n${end}`,
    `${start} ${end}`,
    `${start}*!${end}`,
    `${base64}${padding === '' ? '==' : ''}AAAA`,
    `${digits.slice(0, -1)}${spareBits(digits.slice(-1))}${padding}`,
  ].map(spelling => `${head}${spelling}${tail}`)
}

/** The next digit: the same bytes, where their number is no multiple of three. */
function spareBits(digit: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return alphabet.charAt((alphabet.indexOf(digit) + 1) % alphabet.length)
}

/** Throws what the last one was refused with, or gives the number of the first one that was not. */
function lastRefusal(attempts: readonly (() => unknown)[]): unknown {
  let refusal: unknown = null
  for (const [index, attempt] of attempts.entries()) {
    try {
      attempt()
    } catch (error) {
      refusal = error
      continue
    }
    return `accepted: ${index + 1}`
  }
  throw refusal
}

export const replay: Attack = {
  name: 'replay',
  title: 'Yesterday\u2019s order is given a second time',
  errata: ['M9'],
  against: 'package',
  refusal: 'replayed',
  breaks({ random }, tell) {
    using key = AeadKey.generate(random)
    const line = seal(key, text, patientId, { random })
    const shown = [line, line].map(again => open(key, again).plaintext)
    tell('the chat server sends a line again that it kept: it opens as if it were new')
    tell('the sender gets it back as well, and opens it: one key serves both directions')
    return shown.every(plaintext => plaintext === text)
  },
  prepare(tools, tell) {
    using key = AeadKey.generate(tools.random)
    const message = sealed({ key, kid: tools.random.bytes(8), counter: 4n }, tools)
    const first = openMessage(key, message, binding)
    requireWorks(judgeCounter(emptyWindow, first.counter) === 'fresh', 'the first time it is fresh')
    const window = advanceWindow(emptyWindow, first.counter)
    tell('a message of version 2 was opened once, and its number stands in the reader\u2019s window')
    const again = openMessage(key, message, binding)
    return () => judgeCounter(window, again.counter)
  },
}
