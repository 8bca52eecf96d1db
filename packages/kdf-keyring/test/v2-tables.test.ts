/** The frozen vectors again, from the byte tables of docs/spec and the cryptography of node:crypto alone. */
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  pbkdf2Sync,
  sign,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { JsonObject } from '@chartseal/core/json'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

type Cbor = number | string | Buffer | readonly Cbor[] | { readonly [key: string]: Cbor }

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.of((major << 5) | value)
  const [size, info] =
    value < 2 ** 8 ? [1, 24] : value < 2 ** 16 ? [2, 25] : value < 2 ** 32 ? [4, 26] : [8, 27]
  return Buffer.concat([Buffer.of((major << 5) | info), uint(value, size)])
}
function uint(value: number, size: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex')
}

/** RFC 8949 4.2.1, as far as the tables need it. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (isList(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  const entries = Object.entries(value).map(([key, item]) => [cbor(key), cbor(item)] as const)
  entries.sort(([a], [b]) => Buffer.compare(a, b))
  return Buffer.concat([head(5, entries.length), ...entries.flat()])
}
function isList(value: Cbor): value is readonly Cbor[] {
  return Array.isArray(value)
}

const sha256 = (...parts: readonly Buffer[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
const hkdf = (
  ikm: Buffer,
  label: string,
  rest: readonly Buffer[] = [],
  salt: Buffer = Buffer.alloc(0),
): Buffer => Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.concat([Buffer.from(label), ...rest]), 32))
const bytesOf = (row: JsonObject, field: string): Buffer => Buffer.from(row.hex(field))
const file = (name: string): readonly JsonObject[] =>
  JsonObject.parse(readFileSync(join(vectorFolder('own'), `${name}.json`), 'utf8'))
    .objects('cases')
    .filter(row => !row.has('refused'))

const next = (chain: Buffer, e: number): Buffer => hkdf(chain, 'chartseal/next-epoch/v2', [uint(e + 1, 4)])
function keyOf(chain: Buffer, e: number, signer: Buffer, device: number): Buffer {
  return hkdf(chain, 'chartseal/epoch-key/v2', [uint(e, 4), sha256(signer), uint(device, 2)])
}
const kidOf = (key: Buffer): Buffer => hkdf(key, 'chartseal/kid/v2').subarray(0, 8)
const epochAt = (ms: number): number =>
  (new Date(ms).getUTCFullYear() - 1970) * 12 + new Date(ms).getUTCMonth()

describe('docs/spec/keyring-v2.md', () => {
  const cases = file('keyring-v2')
  const having = (field: string): readonly JsonObject[] => cases.filter(one => one.has(field))

  it.each(having('links'))('gives the links, keys and kids', row => {
    let chain = bytesOf(row, 'root')
    for (const link of row.objects('links')) {
      const epoch = epochAt(link.count('start_ms'))
      const key = keyOf(chain, epoch, bytesOf(row, 'verifying_key'), row.count('device'))
      expect(link.count('epoch')).toBe(epoch)
      expect(link.text('chain')).toBe(chain.toString('hex'))
      expect([link.text('key'), link.text('kid')]).toEqual([key.toString('hex'), kidOf(key).toString('hex')])
      chain = next(chain, epoch)
    }
  })

  it.each(having('advanced_ms'))('gives the state', row => {
    expect(stateOf(row).toString('hex')).toBe(row.text('state'))
  })

  it.each(having('export').filter(row => row.text('phc').startsWith('$pbkdf2')))('gives the export', row => {
    const [, , count = '', salt = ''] = row.text('phc').split('$')
    const words = row.text('passphrase').normalize('NFKC')
    const key = pbkdf2Sync(words, Buffer.from(salt, 'base64'), Number(count.slice(2)), 32, 'sha256')
    const context = Buffer.from(`chartseal/export/v3${row.text('phc')}`)
    const content = cbor({ ring: bytesOf(row, 'state'), role: row.text('role') })
    const sealed = oneChunk(key, bytesOf(row, 'salt'), context, content)
    const expected = cbor({ v: 3, phc: row.text('phc'), sealed })
    expect(row.text('export')).toBe(expected.toString('hex'))
  })
})

/** A ring that sealed one message, moved on at each of the times, and dropped what its seven days left behind. */
function stateOf(row: JsonObject): Buffer {
  const created = row.count('created_ms')
  const signers = [bytesOf(row, 'own_verifying_key'), bytesOf(row, 'peer_verifying_key')]
  const [e0, week] = [epochAt(created), 7 * 24 * 3_600_000]
  let state = { e: e0, moved: created, last: created, chain: bytesOf(row, 'root') }
  let ended: { e: number; t: number; keys: { s: number; d: number; k: Buffer }[] }[] = []
  const gone: { e: number; k: Buffer }[] = []
  for (const now of row.integers('advanced_ms').map(Number)) {
    for (
      ;
      state.e < epochAt(now);
      state = { ...state, e: state.e + 1, moved: now, chain: next(state.chain, state.e) }
    ) {
      const keys = signers.flatMap((signer, s) =>
        Array.from({ length: 32 }, (_, d) => ({ s, d, k: keyOf(state.chain, state.e, signer, d) })),
      )
      const end = Date.UTC(1970, state.e + 1, 1)
      ended.push({ e: state.e, t: Math.max(end, now) + week, keys })
    }
    for (const { e, keys } of ended.filter(({ t }) => t <= now)) {
      gone.push({ e, k: Buffer.concat(keys.map(({ k }) => kidOf(k))) })
    }
    ended = ended.filter(({ t }) => t > now)
    state = { ...state, last: now }
  }
  const sent = state.e === e0 ? { msgs: 1, sent: row.count('size_bytes') } : { msgs: 0, sent: 0 }
  const [own = Buffer.alloc(0), peer = Buffer.alloc(0)] = signers.map(signer => sha256(signer))
  const grace = ended.map(({ keys, ...entry }) => ({ ...entry, k: keys }))
  const kids = kidsAhead(state.chain, state.e, signers)
  return cbor({ v: 3, own, peer, dev: 0, next: 1, e0, ok: e0, ...state, kids, grace, gone, ...sent })
}

/** The names of the keys of an epoch and the twelve behind it. */
function kidsAhead(chain: Buffer, e: number, signers: readonly Buffer[]): Buffer {
  const kids: Buffer[] = []
  let link = chain
  for (let at = e; at <= e + 12; at++) {
    for (const signer of signers) {
      for (let device = 0; device < 32; device++) kids.push(kidOf(keyOf(link, at, signer, device)))
    }
    link = next(link, at)
  }
  return Buffer.concat(kids)
}

/** docs/spec/chunked.md for what fits in one chunk. */
function oneChunk(key: Buffer, salt: Buffer, context: Buffer, plaintext: Buffer): Buffer {
  const name = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')
  const info = Buffer.concat([name, salt, context])
  const block = (before: Buffer, i: number): Buffer =>
    createHmac('sha512', key)
      .update(Buffer.concat([before, info, Buffer.of(i)]))
      .digest()
  const first = block(Buffer.alloc(0), 1)
  const derived = Buffer.concat([first, block(first, 2)])
  const cipher = createCipheriv('aes-256-gcm', derived.subarray(0, 32), derived.subarray(32, 44))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return Buffer.concat([salt, derived.subarray(44, 76), body])
}

describe('docs/spec/pairing.md', () => {
  it.each(file('pairing-v2'))('gives the three messages and what follows from them', row => {
    const [a, b] = [row.object('a'), row.object('b')]
    const [ps, nonceA, now] = [bytesOf(row, 'pairing_secret'), bytesOf(row, 'nonce_a'), row.count('now_ms')]
    const na = now + 10 * 60_000
    const ephemerals = [bytesOf(row, 'ephemeral_a'), bytesOf(row, 'ephemeral_b')]
    const [ekA = none, ekB = none] = ephemerals.map(key => publicOf(privateOf('x25519', key)))
    const payload = cbor({ ...sideOf(a, ekA), ps, nh: sha256(nonceA), e0: epochAt(now), na })
    const fields = { ...sideOf(b, ekB), nb: bytesOf(row, 'nonce_b'), ph: sha256(payload) }
    const sig = signed(b, 'chartseal/pair-answer/v3', cbor(fields))
    const macKey = hkdf(ps, 'chartseal/pair-mac/v3')
    const mac = createHmac('sha256', macKey)
      .update(cbor({ ...fields, sig }))
      .digest()
    const answer = cbor({ ...fields, sig, mac })
    expect(row.text('payload')).toBe(payload.toString('hex'))
    expect(row.text('uri')).toBe(`chartseal-pair:${payload.toString('base64url')}`)
    expect(row.text('answer')).toBe(answer.toString('hex'))

    const transcript = sha256(payload, answer, nonceA)
    const reveal = Buffer.concat([nonceA, signed(a, 'chartseal/pair-reveal/v3', transcript)])
    expect(row.text('transcript')).toBe(transcript.toString('hex'))
    expect(row.text('reveal')).toBe(reveal.toString('hex'))
    const number = BigInt(`0x${hkdf(transcript, 'chartseal/sas/v3').toString('hex')}`) % 100_000_000n
    expect(row.text('digits')).toBe(`${number}`.padStart(8, '0'))
    const privateKey = privateOf('x25519', ephemerals[0] ?? none)
    const publicKey = createPublicKey(privateOf('x25519', ephemerals[1] ?? none))
    const ikm = Buffer.concat([ps, diffieHellman({ privateKey, publicKey })])
    for (const [field, label] of [
      ['root', 'chartseal/ring-root/v3'],
      ['session_key', 'chartseal/noise-psk/v3'],
    ] as const) {
      expect(row.text(field)).toBe(hkdf(ikm, label, [], transcript).toString('hex'))
    }
  })
})

const none = Buffer.alloc(0)

function sideOf(side: JsonObject, ek: Buffer): { readonly [key: string]: Cbor } {
  const sk = publicOf(privateOf('ed25519', bytesOf(side, 'signing_key')))
  return { v: 3, r: side.text('role'), n: side.text('name'), sk, ek }
}

function signed(side: JsonObject, label: string, message: Buffer): Buffer {
  const key = privateOf('ed25519', bytesOf(side, 'signing_key'))
  return sign(null, Buffer.concat([Buffer.from(label), message]), key)
}

/** RFC 8410: the PKCS#8 of 32 bytes is a fixed head and these. */
function privateOf(kind: 'ed25519' | 'x25519', seed: Buffer): KeyObject {
  const prefix = Buffer.from(`302e020100300506032b65${kind === 'ed25519' ? '70' : '6e'}04220420`, 'hex')
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
}
function publicOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}
