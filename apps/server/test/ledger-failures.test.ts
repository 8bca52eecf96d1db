import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import {
  attach,
  ed25519Signer,
  type Genesis,
  type LedgerNodeApi,
  type MemberRole,
  memberOf,
  prepare,
  type Roster,
  type RosterClaims,
  signWith,
} from '@chartseal/emr-ledger'
import { fixedClock } from '@chartseal/testkit'
import { logError } from '@chartseal/tlog'
import { describe, expect, it, vi } from 'vitest'
import { keysText } from '../dist/clinic/directory.js'
import { requestError } from '../dist/errors.js'
import { ClinicLedger, type OpenNode } from '../dist/ledger/ledger.js'
import { Registrar, type RegistrarOptions } from '../dist/ledger/registrar.js'
import { type StoredDevice, storeError } from '../dist/store.js'

const block = { id: new Uint8Array(32), height: 0n, timestamp: 0n }
const failure = (): Error => storeError('store/failed', { reason: '53100' })
const unexpected = (): never => {
  throw new Error('nobody asks for this')
}

const genesis: Genesis = {
  name: 'Failing',
  timestamp: 0n,
  roster: { number: 1n, members: [], quorum: 1 },
  seal: { kind: 'tlog', origin: 'log', logKey: new Uint8Array(32), witnesses: [], quorum: 0 },
  legacy: null,
  salt: new Uint8Array(32),
}

/** A node that a test makes fail. */
function nodeWith(over: Partial<LedgerNodeApi>): LedgerNodeApi {
  return {
    id: new Uint8Array(32),
    genesis,
    tip: block,
    final: block,
    submit: unexpected,
    receive: unexpected,
    vote: unexpected,
    evidence: unexpected,
    offences: () => [],
    tick: async () => null,
    headers: unexpected,
    block: unexpected,
    record: unexpected,
    prescription: unexpected,
    roster: unexpected,
    nextSeq: unexpected,
    pending: () => [],
    syncWith: unexpected,
    subscribe: () => () => undefined,
    close: async () => undefined,
    ...over,
  }
}

const opened = (over: Partial<LedgerNodeApi>, close = vi.fn(async () => undefined)): OpenNode => ({
  node: nodeWith(over),
  registrar: null,
  sealer: null,
  isCurrent: () => true,
  seals: async () => true,
  proof: unexpected,
  close,
})

async function ledgerOf(nodes: readonly OpenNode[], over: { mayWrite?: () => boolean } = {}) {
  const clock = fixedClock(1_000_000)
  const faults = vi.fn()
  const open = vi.fn(async () => {
    const node = nodes[open.mock.calls.length - 1]
    if (node === undefined) throw failure()
    return node
  })
  const ledger = await ClinicLedger.open({
    genesis: new Uint8Array(1),
    open,
    gossip: null,
    mayWrite: () => true,
    peers: [],
    fetch: unexpected,
    clock,
    onChange: () => undefined,
    run: 'one',
    onNews: () => undefined,
    noteTip: unexpected,
    onFault: faults,
    ...over,
  })
  return { ledger, clock, faults, open }
}

function doctorDevice(): StoredDevice {
  const identity = encodeBase64Url(verifyingKeyOf(new SigningKey(new Uint8Array(32).fill(2))))
  const keys = encodeUtf8(keysText(identity, encodeBase64Url(new Uint8Array(32))))
  return { kid: 'kid', role: 'doctor', keys, box: 'box', addedMs: 1, endedMs: null }
}

/** All that a registrar asks of the devices. */
function devicesOf(...devices: readonly StoredDevice[]): RegistrarOptions['devices'] {
  return Object({ list: async () => devices })
}

const record = new Uint8Array(3)
const done = { txid: new Uint8Array(32), isKnown: false }
const stopped = expect.objectContaining({ code: 'ledger-node/stopped' })

describe('a ledger whose disk fails', () => {
  it('refuses while it does, and is opened again after a second', async () => {
    const first = opened({ submit: () => Promise.reject(failure()) })
    const { ledger, clock, faults, open } = await ledgerOf([first, opened({ submit: async () => done })])
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    expect([ledger.isWorking, faults.mock.calls.length]).toEqual([false, 1])
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    expect(open).toHaveBeenCalledOnce()
    clock.advance(1_000)
    expect(await ledger.submit(record)).toBe(done)
    expect(first.close).toHaveBeenCalledOnce()
    expect(ledger.isWorking).toBe(true)
  })

  it('stays refused where it cannot be opened, and tries again', async () => {
    const { ledger, clock, open } = await ledgerOf([opened({ tick: () => Promise.reject(failure()) })])
    await ledger.beat()
    for (let round = 2; round < 4; round += 1) {
      clock.advance(1_000)
      await expect(ledger.submit(record)).rejects.toEqual(stopped)
      expect(open).toHaveBeenCalledTimes(round)
    }
  })

  it('is closed when nobody reads it any more, and is read when it is open again', async () => {
    let goOn = (): void => undefined
    const slow = new Promise<null>(resolve => {
      goOn = () => resolve(null)
    })
    const closed = vi.fn(async () => undefined)
    const failing = { submit: () => Promise.reject(failure()), block: () => slow }
    const { ledger, clock } = await ledgerOf([opened(failing, closed), opened({ block: async () => null })])
    const read = () => ledger.read(({ node }) => node.block(1n))
    const reading = read()
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    clock.advance(1_000)
    const again = ledger.submit(record).catch(() => undefined)
    await expect(read()).rejects.toEqual(stopped)
    expect(closed).not.toHaveBeenCalled()
    goOn()
    expect(await reading).toBeNull()
    await again
    expect(closed).toHaveBeenCalledOnce()
    expect(await read()).toBeNull()
  })

  it('is refused to readers, too, where a node that was to write first was overtaken by another server', async () => {
    const block = () => Promise.reject(storeError('store/claimed', {}))
    const { ledger } = await ledgerOf([opened({ block })])
    await expect(ledger.read(({ node }) => node.block(1n))).rejects.toEqual(stopped)
  })

  it('is refused to readers, too, while it cannot be opened', async () => {
    const { ledger, clock } = await ledgerOf([opened({ submit: () => Promise.reject(failure()) })])
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    clock.advance(1_000)
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    await expect(ledger.seals()).rejects.toEqual(stopped)
  })

  it('is opened again, too, where the log of its headers failed by itself', async () => {
    const poisoned = opened({ tick: () => Promise.reject(logError('log/poisoned', {})) })
    const { ledger, clock } = await ledgerOf([poisoned, opened({ submit: async () => done })])
    await ledger.beat()
    expect(ledger.isWorking).toBe(false)
    clock.advance(1_000)
    expect(await ledger.submit(record)).toBe(done)
    expect(ledger.isWorking).toBe(true)
  })

  it('goes on where a record is refused: that is no fault of its own', async () => {
    const refusal = requestError('request/invalid', { fields: ['x'] })
    const { ledger, faults } = await ledgerOf([opened({ submit: () => Promise.reject(refusal) })])
    await expect(ledger.submit(record)).rejects.toBe(refusal)
    expect([ledger.isWorking, faults.mock.calls.length]).toEqual([true, 0])
  })
})

describe('a server that may not write, as another one has the log', () => {
  it('takes nothing and seals nothing, and goes on when it may again', async () => {
    let mayWrite = false
    const tick = vi.fn(async () => null)
    const nodes = [opened({ tick, submit: async () => done })]
    const { ledger } = await ledgerOf(nodes, { mayWrite: () => mayWrite })
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    await ledger.beat()
    expect([tick.mock.calls.length, ledger.isWorking]).toEqual([0, false])
    mayWrite = true
    expect(await ledger.submit(record)).toBe(done)
    await ledger.beat()
    expect([tick.mock.calls.length, ledger.isWorking]).toEqual([1, true])
  })
})

describe('a server that may write again, after another one could', () => {
  it('opens its node anew before it takes or seals anything, and takes nothing where it cannot', async () => {
    let writer = 1
    const tick = vi.fn(async () => null)
    const old = { ...opened({ tick, submit: unexpected }), isCurrent: () => writer === 1 }
    const next = { ...opened({ submit: async () => done }), isCurrent: () => writer === 2 }
    const { ledger, open, clock } = await ledgerOf([old, next])
    await ledger.beat()
    expect(tick).toHaveBeenCalledTimes(1)
    writer = 2
    await ledger.beat()
    expect(await ledger.submit(record)).toBe(done)
    expect([tick.mock.calls.length, open.mock.calls.length]).toEqual([1, 2])
    writer = 3
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    expect([open.mock.calls.length, ledger.isWorking]).toEqual([3, false])
    clock.advance(10)
    await expect(ledger.submit(record)).rejects.toEqual(stopped)
    expect(open).toHaveBeenCalledTimes(3)
  })
})

describe('a roster that cannot be made', () => {
  it('is told, and holds up no record', async () => {
    const tick = vi.fn(async () => null)
    const refusal = requestError('request/invalid', { fields: ['roster'] })
    const registrar = new Registrar({
      node: nodeWith({ roster: () => Promise.reject(refusal) }),
      devices: devicesOf(),
      clock: fixedClock(1_000_000),
      key: new SigningKey(new Uint8Array(32).fill(1)),
    })
    const { ledger, faults } = await ledgerOf([{ ...opened({ tick }), registrar }])
    await ledger.beat()
    expect([tick.mock.calls.length, faults.mock.calls]).toEqual([1, [[refusal]]])
  })

  it('is made anew where one waits that can never be sealed', async () => {
    const key = new SigningKey(new Uint8Array(32).fill(1))
    const roles: readonly MemberRole[] = ['registrar']
    const board = memberOf({ algorithm: 'Ed25519', publicKey: verifyingKeyOf(key), roles, name: '' })
    const roster: Roster = { number: 1n, members: [board], quorum: 1 }
    const { kid: signer } = board
    const common = { kind: 'roster', ledger: new Uint8Array(32), signer, authoredOn: 1n } as const
    const claims: RosterClaims = { ...common, seq: 1n, roster: { ...roster, number: 2n } }
    const prepared = prepare(claims, { ledgerName: 'Test clinic' })
    const waiting = attach(prepared, [await signWith(prepared, ed25519Signer(key))])
    let isReady = true
    const submit = vi.fn(async () => done)
    const node = nodeWith({
      roster: async () => roster,
      pending: () => [waiting],
      record: async () => ({ kind: 'pending', isReady, record: waiting }),
      nextSeq: async () => 1n,
      submit,
    })
    Object.defineProperty(node, 'genesis', { value: { name: 'Test clinic' } })
    const registrar = new Registrar({
      node,
      devices: devicesOf(doctorDevice()),
      clock: fixedClock(1_000_000),
      key,
    })
    expect(await registrar.reconcile()).toBe('waits')
    isReady = false
    expect(await registrar.reconcile()).toBe('submitted')
    expect(submit).toHaveBeenCalledOnce()
  })
})
