import { SigningKey } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { firstGrants, generateIdentityKey, ownerOf, recipientOf } from '@chartseal/ipfs-envelope'
import { bech32m } from '@scure/base'
import { describe, expect, it } from 'vitest'
import { explainBytes } from '../dist/explain.js'
import type { PastedKind } from '../dist/index.js'
import { things } from './pasted-things.js'

const cid = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const of = (kind: PastedKind): string => things[kind][0] ?? ''
const explain = (input: string | Uint8Array) =>
  explainBytes(typeof input === 'string' ? encodeUtf8(input) : input)

/** The same bytes under another prefix. */
function retyped(text: string, prefix: string): string {
  const { words } = bech32m.decode(asBech32(text), false)
  return bech32m.encode(prefix, words, false)
}

function asBech32(text: string): `${string}1${string}` {
  const [prefix = '', data = ''] = text.split('1')
  return `${prefix}1${data}`
}

type Row = readonly [kind: string, sound: string, facts: object, broken: string, code: string]

const rows: readonly Row[] = [
  [
    'recipient of records',
    of('recipient'),
    { key: 'x25519' },
    of('recipient').slice(0, -1),
    'pasted/mistyped',
  ],
  ['identity of records', of('identity'), { key: 'x25519' }, of('identity').slice(0, -1), 'pasted/mistyped'],
  [
    'capability to check a record',
    of('verify-capability'),
    { version: 3 },
    of('verify-capability').toUpperCase(),
    'pasted/changed-case',
  ],
  [
    'capability to read a record',
    of('read-capability'),
    { version: 3 },
    // Another kind of capability under the prefix of this one.
    retyped(of('verify-capability'), 'csread'),
    'capability/malformed',
  ],
  [
    'capability to grant a record',
    of('grant-capability'),
    { version: 3 },
    retyped(of('read-capability'), 'csgrant'),
    'capability/malformed',
  ],
]

describe('explaining what belongs to records', () => {
  it.each(rows)('knows %s, and where a broken one fails', async (kind, sound, facts, broken, code) => {
    const name = expect.stringContaining(kind)
    expect(await explain(sound)).toMatchObject({ kind: name, refusal: null, facts })
    expect(await explain(broken)).toMatchObject({ kind: name, refusal: { code } })
  })

  it('has no secret of anything in what it says', async () => {
    for (const kind of ['identity', 'read-capability', 'grant-capability'] as const) {
      const said = await explain(of(kind))
      expect(said).toMatchObject({ secret: true })
      const data = of(kind).split('1')[1] ?? ''
      expect(JSON.stringify(said)).not.toContain(data.slice(0, 20))
    }
  })

  it('names the secret of a text that has more than that', async () => {
    for (const [kind, name, other] of [
      ['identity', 'identity of records', 'recipient'],
      ['read-capability', 'capability to read', 'verify-capability'],
      ['grant-capability', 'capability to grant', 'read-capability'],
      ['share', 'share, version 2', 'message'],
      ['pairing-code', 'pairing code', 'message'],
    ] as const) {
      const said = await explain(`# ${of(other)}\n${of(kind)}\n`)
      expect(said, kind).toMatchObject({ kind: expect.stringContaining(name), secret: true })
    }
  })

  it('explains a grant list, and where a forged one fails', async () => {
    const identity = generateIdentityKey('x25519')
    const payload = {
      packageId: new Uint8Array(16),
      version: 1,
      cid,
      contentKey: new AeadKey(new Uint8Array(32)),
    }
    const owner = ownerOf(new SigningKey(new Uint8Array(32).fill(7)))
    const { bytes } = await firstGrants(owner, payload, [recipientOf(identity)])
    const kind = 'grant list of a record, version 2'
    expect(await explain(bytes)).toMatchObject({ kind, refusal: null, facts: { list: 1n, recipients: 1 } })
    const forged = bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))
    expect(await explain(forged)).toMatchObject({ kind, refusal: { code: 'grants/bad-signature' } })
  })
})
