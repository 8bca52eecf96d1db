/** One case of a vector file through the state machine that conferences use, with another pattern. */
import assert from 'node:assert/strict'
import { openAt, sealAt } from '../../packages/core/dist/aead.js'
import { AeadKey, SecretBytes } from '../../packages/core/dist/keys.js'
import { dh25519 } from '../../packages/elgamal-session/dist/noise/dh-25519.js'
import { HandshakeState } from '../../packages/elgamal-session/dist/noise/handshake-state.js'
import { patternOf } from '../lib/noise-patterns.mjs'

const suite = /^Noise_([^_]+)_25519_AESGCM_SHA256$/
const noAad = new Uint8Array(0)

/** Whether this is one for the functions that we have; `false` for fallback patterns, too. */
export const isForUs = ({ name }) => patternOf(suite.exec(name ?? '')?.[1] ?? '') !== null

/** @throws AssertionError for what does not hold */
export function runVector(vector) {
  const pattern = patternOf(suite.exec(vector.name)[1])
  const [initiator, responder] = ['initiator', 'responder'].map(role => stateOf(vector, pattern, role))
  const [handshake, transport] = [
    vector.messages.slice(0, pattern.messages.length),
    vector.messages.slice(pattern.messages.length),
  ]
  handshake.forEach(({ payload, ciphertext }, i) => {
    const [from, to] = i % 2 === 0 ? [initiator, responder] : [responder, initiator]
    assert.deepEqual(from.write(payload), ciphertext)
    assert.deepEqual(to.read(ciphertext), payload)
  })
  const [ours, theirs] = [initiator.complete(), responder.complete()]
  assert.deepEqual(ours.handshakeHash(), theirs.handshakeHash())
  if (vector.handshakeHash !== null) assert.deepEqual(ours.handshakeHash(), vector.handshakeHash)
  const keys = ours.split()
  assert.deepEqual(keys, theirs.split())
  checkTransport(keys, transport, firstOf(vector, pattern))
  for (const state of [initiator, responder]) state.wipe()
}

/** Whose key each transport message in turn is sealed under: 0 for the initiator's, `null` for always that. */
function firstOf({ transportBegins }, { messages }) {
  if (transportBegins === 'initiator') return 0
  return messages.length === 1 ? null : messages.length % 2
}

function checkTransport(keys, messages, first) {
  const sealers = keys.map(bytes => new AeadKey(bytes))
  const counts = [0n, 0n]
  messages.forEach(({ payload, ciphertext }, i) => {
    const from = first === null ? 0 : (first + i) % 2
    const key = sealers[from]
    assert.deepEqual(sealAt(key, counts[from], payload, noAad), ciphertext)
    assert.deepEqual(openAt(key, counts[from]++, ciphertext, noAad), payload)
  })
}

const pairOf = bytes => (bytes === null ? null : dh25519.keyPairOf(new SecretBytes(bytes)))

function stateOf(vector, pattern, role) {
  const [mine, theirs] =
    role === 'initiator' ? [vector.initiator, vector.responder] : [vector.responder, vector.initiator]
  const other = role === 'initiator' ? 'responder' : 'initiator'
  const isKnown = pattern.knownStatics.includes(other)
  const theirStatic = isKnown ? (mine.theirStatic ?? pairOf(theirs.static).publicKey) : null
  const psks = [...mine.psks]
  return new HandshakeState({
    pattern,
    role,
    dh: dh25519,
    prologue: mine.prologue,
    staticPair: pairOf(mine.static),
    theirStatic: theirStatic === null ? null : dh25519.remoteKeyOf(theirStatic),
    accepts: () => true,
    // Files with one key for several places mean it for all of them.
    nextPsk: () => (psks.length > 1 ? psks.shift() : psks[0]) ?? null,
    random: { bytes: () => Uint8Array.from(mine.ephemeral) },
  })
}
