/** Handshakes with dissononce, in a process of its own. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openAt, sealAt } from '../../packages/core/dist/aead.js'
import { SecretBytes } from '../../packages/core/dist/keys.js'
import { systemRandom as random } from '../../packages/core/dist/system.js'
import { createHandshake, StaticKey } from '../../packages/elgamal-session/dist/noise.js'
import { python } from '../lib/python.mjs'

const program = fileURLToPath(new URL('peer.py', import.meta.url))
const suite = '25519'
const rounds = 20
const noAad = new Uint8Array(0)
const hex = bytes => Buffer.from(bytes).toString('hex')
const same = (a, b) => hex(a) === hex(b)

class Peer {
  #child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()

  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the peer ended')
    const { data, refused } = JSON.parse(value)
    return refused === undefined ? Uint8Array.from(Buffer.from(data, 'hex')) : null
  }

  async begin(options) {
    await this.ask({ do: 'begin', ...options })
    return {
      write: payload => this.ask({ do: 'write', data: hex(payload) }),
      read: message => this.ask({ do: 'read', data: hex(message) }),
      hash: () => this.ask({ do: 'hash' }),
      seal: (direction, plaintext) => this.ask({ do: 'seal', data: hex([direction, ...plaintext]) }),
    }
  }

  close() {
    this.#child.stdin.end()
  }
}

/** What both sides know, and whether the pattern has it. */
function secrets(pattern) {
  const hasStatics = pattern === 'IKpsk2'
  return {
    ours: hasStatics ? StaticKey.generate(suite, random) : null,
    theirs: hasStatics ? StaticKey.generate(suite, random) : null,
    psk: new SecretBytes(random.bytes(32)),
    prologue: random.bytes(rounds),
  }
}

const other = role => (role === 'initiator' ? 'responder' : 'initiator')

function ourSide(pattern, role, { ours, theirs, psk, prologue }) {
  const common = { pattern, suite, role, prologue, random, psk }
  if (ours === null) return createHandshake(common)
  const statics = { staticKey: ours, theirStatic: theirs.publicKey }
  return createHandshake({ ...common, ...statics, pskOf: key => (same(key, theirs.publicKey) ? psk : null) })
}

const theirSide = (peer, pattern, role, { ours, theirs, psk, prologue }) =>
  peer.begin({
    pattern,
    role: other(role),
    prologue: hex(prologue),
    psk: hex(psk.reveal()),
    ...(theirs === null ? {} : { static: hex(theirs.reveal()) }),
    ...(ours === null || role === 'initiator' ? {} : { theirStatic: hex(ours.publicKey) }),
  })

/** The payloads arrive, and both end with one hash and the same keys. */
async function handshakeFinding(peer, pattern, role) {
  const known = secrets(pattern)
  const [us, them] = [ourSide(pattern, role, known), await theirSide(peer, pattern, role, known)]
  const payloads = [random.bytes(40), random.bytes(0)]
  for (const [i, payload] of payloads.entries()) {
    const isOurs = (i === 0) === (role === 'initiator')
    const arrived = isOurs ? await them.read(us.write(payload)) : us.read(await them.write(payload))
    if (arrived === null || !same(arrived, payload)) return `message ${i + 1} does not arrive`
  }
  const { send, receive, handshakeHash } = us.split()
  if (!same(handshakeHash, await them.hash())) return 'the handshake hashes differ'
  const [initiators, responders] = role === 'initiator' ? [send, receive] : [receive, send]
  for (const [direction, key] of [initiators, responders].entries()) {
    const sealed = await them.seal(direction, payloads[0])
    if (!same(sealed, sealAt(key, 0n, payloads[0], noAad))) return 'the keys differ'
    if (!same(openAt(key, 0n, sealed, noAad), payloads[0])) return 'what they seal does not open'
  }
  return null
}

/** Each refuses what the other sent where a bit of it was changed. */
async function refusalFinding(peer, pattern, role) {
  const known = secrets(pattern)
  const [us, them] = [ourSide(pattern, role, known), await theirSide(peer, pattern, role, known)]
  const message = role === 'initiator' ? us.write(random.bytes(9)) : await them.write(random.bytes(9))
  message[message.length - 1] ^= 1
  if (role === 'initiator') return (await them.read(message)) === null ? null : 'they take what was changed'
  try {
    us.read(message)
    return 'we take what was changed'
  } catch (error) {
    return error.code === 'open/failed' ? null : `${error}`
  }
}

/** `{ handshakes, findings }` */
export async function peerFindings() {
  const peer = new Peer()
  const findings = []
  let handshakes = 0
  try {
    for (const pattern of ['IKpsk2', 'NNpsk0']) {
      for (const role of ['initiator', 'responder']) {
        for (let round = 0; round < rounds; round++, handshakes++) {
          const finding = await handshakeFinding(peer, pattern, role)
          if (finding !== null) findings.push(`dissononce, ${pattern}, we as ${role}: ${finding}`)
        }
        const finding = await refusalFinding(peer, pattern, role)
        if (finding !== null) findings.push(`dissononce, ${pattern}, we as ${role}: ${finding}`)
      }
    }
  } finally {
    peer.close()
  }
  return { handshakes, findings }
}
