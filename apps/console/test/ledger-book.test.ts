import { encodeCbor } from '@chartseal/core/encoding'
import { systemRandom as random } from '@chartseal/core/system'
import { type Anchor, anchorOf, attach, prepare, signWith } from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import { deviceIdentity } from '../dist/api/identity.js'
import { consoleError } from '../dist/errors.js'
import { recordSigner } from '../dist/ledger/desk.js'
import { openShelf } from '../dist/ledger/shelf.js'
import { firstAnchor, ledgerWay } from '../dist/ledger/way.js'
import { memoryLocks } from '../dist/store/locks.js'
import { memoryRows } from '../dist/store/rows.js'
import { sealedRows } from '../dist/store/sealed-rows.js'
import { ServedLedger } from './served-ledger.js'

const anchor: Anchor = anchorOf(new ServedLedger([]).genesis)
const never = (): Promise<Anchor> => Promise.reject(new Error('asked again'))

async function disk() {
  const memory = memoryRows()
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const locks = memoryLocks()
  return { memory, locks, rows: sealedRows(memory, key, random) }
}

async function recordOf(seq: bigint) {
  const signer = recordSigner(await deviceIdentity(memoryRows(), memoryLocks()))
  const prescription = random.bytes(32)
  const claims = {
    kind: 'cancel',
    ledger: anchor.ledger,
    signer: signer.kid,
    seq,
    authoredOn: 1n,
    prescription,
    previous: prescription,
  } as const
  const prepared = prepare(claims, { ledgerName: 'Valley' })
  return attach(prepared, [await signWith(prepared, signer)])
}

const errandOf = async (seq = 1n) =>
  ({ record: await recordOf(seq), content: null, stage: 'signed', code: '' }) as const

describe('the book of prescriptions in sealed rows', () => {
  it('begins once, keeps each errand in a row of its own, and shows another tab what changed', async () => {
    const stored = await disk()
    const one = await openShelf(stored, async () => anchor)
    const other = await openShelf(stored, never)
    const [first, second] = [await errandOf(), await errandOf(2n)]
    await one.change(book => ({ ...book, errands: [...book.errands, first] }))
    await other.change(book => ({ ...book, errands: [...book.errands, second] }))
    expect((await one.refresh()).errands.map(({ record }) => record.txid)).toEqual([
      first.record.txid,
      second.record.txid,
    ])
    expect([...stored.memory.map.keys()]).toEqual([
      'ledger-anchor',
      'ledger-errand/0000000001',
      'ledger-errand/0000000002',
    ])
    const before = stored.memory.map.get('ledger-errand/0000000001')
    await one.change(book => ({
      ...book,
      errands: book.errands.map((errand, i) => (i === 1 ? { ...errand, stage: 'final' as const } : errand)),
    }))
    expect(stored.memory.map.get('ledger-errand/0000000001')).toBe(before)
    expect((await other.refresh()).errands.map(({ stage }) => stage)).toEqual(['signed', 'final'])
    expect((await openShelf(stored, never)).book().errands).toHaveLength(2)
  })

  it('writes nothing where nothing changed, and keeps the book where the disk is full', async () => {
    const stored = await disk()
    const shelf = await openShelf(stored, async () => anchor)
    const { write } = stored.memory
    stored.memory.write = () => Promise.reject(new Error('full'))
    await shelf.change(book => book)
    const errand = await errandOf()
    await expect(shelf.change(book => ({ ...book, errands: [errand] }))).rejects.toThrow('full')
    expect(shelf.book().errands).toEqual([])
    stored.memory.write = write
    expect((await shelf.change(book => ({ ...book, errands: [errand] }))).errands).toHaveLength(1)
  })

  it('passes over an errand that was changed, gives its number to nobody, and begins no anchor anew', async () => {
    const stored = await disk()
    const shelf = await openShelf(stored, async () => anchor)
    const [first, second] = [await errandOf(), await errandOf(2n)]
    await shelf.change(book => ({ ...book, errands: [first] }))
    stored.memory.map.set('ledger-errand/0000000001', new Uint8Array(40))
    await shelf.change(book => ({ ...book, errands: [...book.errands, second] }))
    expect([...stored.memory.map.keys()].at(-1)).toBe('ledger-errand/0000000002')
    expect(stored.rows.damaged).toContain('ledger-errand/0000000001')
    stored.memory.map.set('ledger-anchor', new Uint8Array(40))
    await expect(openShelf(stored, never)).rejects.toMatchObject({ code: 'console/damaged-row' })
  })

  it('asks for a newer page where a newer one wrote', async () => {
    const stored = await disk()
    const shelf = await openShelf(stored, async () => anchor)
    await stored.rows.write([['ledger-errand/0000000001', encodeCbor({ v: 3 })]])
    await expect(shelf.refresh()).rejects.toMatchObject({ code: 'console/newer-page' })
  })
})

describe('the way to the ledger', () => {
  const refusing = (status: number, code: string) => {
    const refuse = () =>
      Promise.reject(consoleError('console/refused', { code, status, next: '', retryMs: 0 }))
    return ledgerWay({ open: refuse, signed: refuse })
  }

  it('tells a refusal of the ledger from no answer, and from a fault of the device', async () => {
    const { bytes } = await recordOf(1n)
    expect(await refusing(409, 'ledger/seq').submit(bytes)).toEqual({ kind: 'refused', code: 'ledger/seq' })
    for (const [status, code] of [
      [429, 'ledger/pending-full'],
      [503, 'server/full'],
      [409, 'ledger-node/not-final'],
    ] as const)
      await expect(refusing(status, code).submit(bytes)).rejects.toBeInstanceOf(TypeError)
    await expect(refusing(401, 'signature/unknown-key').submit(bytes)).rejects.toMatchObject({
      code: 'console/refused',
    })
    const offline = () => Promise.reject(consoleError('console/offline', {}))
    await expect(ledgerWay({ open: offline, signed: offline }).info(anchor.id)).rejects.toBeInstanceOf(
      TypeError,
    )
  })

  it('begins with no genesis that is not what the ledger is named by', async () => {
    const other = new ServedLedger([])
    const answer = async () => new Uint8Array(await (await answerOf(other)).arrayBuffer())
    const found = await firstAnchor({ open: answer, signed: answer })
    expect(found.ledger).toEqual(other.id)
    const lying = async () =>
      new TextEncoder().encode(new TextDecoder().decode(await answer()).replace(/"ledger":"./, '"ledger":"~'))
    await expect(firstAnchor({ open: lying, signed: lying })).rejects.toMatchObject({
      code: 'console/bad-answer',
    })
  })
})

async function answerOf(ledger: ServedLedger): Promise<Response> {
  const response = await ledger.answer(new Request('http://localhost:8471/v1/ledger'))
  if (response === null) throw new Error('no answer')
  return response
}
