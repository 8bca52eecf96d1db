/** Two clinics of one ledger whose devices change at once: each registrar keeps the roster as its own devices are. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { memoryLog } from '@chartseal/core/memory'
import {
  ed25519Signer,
  encodeGenesis,
  type Genesis,
  type HeaderLog,
  LedgerNode,
  type LedgerPeer,
  memberOf,
  memoryIndex,
  openSeal,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { fixedClock } from '@chartseal/testkit'
import { expect, it } from 'vitest'
import { Registrar } from '../dist/ledger/registrar.js'
import type { Store, StoredDevice } from '../dist/store.js'

const keyOf = (seed: number): SigningKey => new SigningKey(new Uint8Array(32).fill(seed))
const [logKey, north, south] = [keyOf(1), keyOf(2), keyOf(3)]
const registrar = (key: SigningKey, name: string) =>
  memberOf({ algorithm: 'Ed25519', publicKey: verifyingKeyOf(key), roles: ['registrar'], name })
const genesis: Genesis = {
  name: 'Two clinics',
  timestamp: 1_000n,
  roster: {
    number: 1n,
    members: sortedMembers([registrar(north, 'north'), registrar(south, 'south')]),
    quorum: 1,
  },
  seal: { kind: 'tlog', origin: 'a.example/l', logKey: verifyingKeyOf(logKey), witnesses: [], quorum: 0 },
  legacy: null,
  salt: new Uint8Array(32),
}
const clock = fixedClock(1_001_000)

function leafLog(): HeaderLog {
  const leaves: Uint8Array[] = []
  return {
    get size() {
      return leaves.length
    },
    append: async leaf => void leaves.push(leaf),
    prove: async () => null,
  }
}

const open = (seals: boolean): Promise<LedgerNode> =>
  LedgerNode.open({
    genesis: encodeGenesis(genesis),
    blocks: memoryLog(),
    index: memoryIndex(),
    clock,
    seal: start =>
      openSeal({ ...start, tools: seals ? { signer: ed25519Signer(logKey), log: leafLog() } : {} }),
  })

function device(seed: number, role: 'doctor' | 'pharmacist'): StoredDevice {
  const identity = verifyingKeyOf(keyOf(seed))
  const { kid } = ed25519Signer(keyOf(seed))
  const keys = encodeUtf8(JSON.stringify({ identity: encodeBase64Url(identity) }))
  return { kid: encodeBase64Url(kid), role, keys, box: 'box', addedMs: 0, endedMs: null }
}

function devicesOf(list: readonly StoredDevice[]): Store['devices'] {
  const unused = async (): Promise<never> => Promise.reject(new Error('a registrar reads the list alone'))
  return { add: unused, find: unused, end: unused, list: async () => list }
}

const peerOf = (node: LedgerNode): LedgerPeer => ({
  tip: async () => node.tip,
  headers: (from, limit) => node.headers(from, limit),
  block: id => node.block(id),
  evidence: async () => node.evidence(),
  pending: async () => node.pending().map(({ bytes }) => bytes),
})

it('end with everybody in the roster, although both make the same number of it at once', async () => {
  const [first, second] = [await open(true), await open(false)]
  const people = [[device(11, 'doctor'), device(12, 'pharmacist')], [device(21, 'doctor')]]
  const registrars = [first, second].map(
    (node, i) =>
      new Registrar({ node, devices: devicesOf(people[i] ?? []), clock, key: [north, south][i] ?? north }),
  )
  const both = () => Promise.all(registrars.map(one => one.reconcile()))
  expect(await both()).toEqual(['submitted', 'submitted'])
  expect([first, second].map(node => node.pending().map(({ claims }) => claims.kind))).toEqual([
    ['roster'],
    ['roster'],
  ])
  for (let round = 0; round < 4; round++) {
    await first.syncWith(peerOf(second))
    await first.tick()
    await second.syncWith(peerOf(first))
    await second.tick()
    clock.advance(1_000)
    await both()
  }
  expect(await both()).toEqual(['right', 'right'])
  for (const node of [first, second]) {
    const { number, members } = await node.roster()
    expect(number).toBe(3n)
    const kids = members.map(({ kid }) => encodeBase64Url(kid))
    for (const one of people.flat()) expect(kids).toContain(one.kid)
    expect(node.pending()).toEqual([])
  }
})
