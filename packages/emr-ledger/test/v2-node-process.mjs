/**
 * A node in a process of its own, which its test kills: `live` seals records and prints what it acknowledged, `check` reads
 * such lines and prints those that do not hold. Its index is a journal of what was written to one in memory.
 */
import { writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { deserialize, serialize } from 'node:v8'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { openLog } from '@chartseal/core/files'
import {
  blockLogKind,
  ed25519Signer,
  encodeGenesis,
  LedgerNode,
  ledgerIdOf,
  memberOf,
  memoryIndex,
  openSeal,
  prepare,
  recordOf,
  signWith,
  sortedMembers,
} from '@chartseal/emr-ledger'

const [, , mode, folder] = process.argv
const signer = ed25519Signer(new SigningKey(new Uint8Array(32).fill(7)))
const member = memberOf({
  algorithm: 'Ed25519',
  publicKey: signer.publicKey,
  roles: ['dispenser', 'prescriber', 'registrar', 'sealer'],
  name: 'everybody',
})
const genesis = encodeGenesis({
  name: 'Killed often',
  timestamp: 1_000n,
  roster: { number: 1n, members: sortedMembers([member]), quorum: 1 },
  seal: { kind: 'poa', slotSeconds: 1, slotsPerTurn: 1, tolerates: 'crash' },
  legacy: null,
  salt: new Uint8Array(32),
})
const ledger = ledgerIdOf(genesis)

async function journalIndex(path) {
  const [log, index] = [await openLog(path, { kind: 'test/index' }), memoryIndex()]
  for await (const entry of log.read()) {
    const { change } = deserialize(entry)
    if (change === null) await index.clear()
    else await index.write(change)
  }
  const { write, clear } = { write: index.write.bind(index), clear: index.clear.bind(index) }
  index.write = async change => {
    await log.append(serialize({ change }))
    await write(change)
  }
  index.clear = async () => {
    await log.append(serialize({ change: null }))
    await clear()
  }
  return index
}

const clock = { seconds: 1_001, nowMs: () => clock.seconds * 1_000 }
const blocks = await openLog(`${folder}/blocks.log`, { kind: blockLogKind })
const index = await journalIndex(`${folder}/index.log`)
const node = await LedgerNode.open({
  genesis,
  blocks,
  index,
  clock,
  seal: start => openSeal({ ...start, tools: { signer } }),
})

const say = (kind, bytes) => writeSync(1, `${kind} ${encodeHex(bytes)}\n`)

async function prescribe() {
  const claims = {
    kind: 'prescribe',
    ledger,
    signer: signer.kid,
    seq: await node.nextSeq(signer.kid),
    authoredOn: 1_000n,
    subject: new Uint8Array(32),
    body: new Uint8Array(32),
    reference: '',
    validUntil: 2n ** 40n,
    quantity: 1,
  }
  const prepared = prepare(claims, { ledgerName: 'Killed often' })
  const record = recordOf(prepared.claimsBytes, [await signWith(prepared, signer)])
  await node.submit(record.bytes)
  say('record', record.txid)
}

async function live() {
  clock.seconds = Math.max(clock.seconds, Number(node.tip.timestamp) + 1)
  for (;;) {
    for (let i = 0; i < 3; i++) await prescribe()
    clock.seconds++
    await node.tick()
    say('final', node.final.id)
  }
}

async function holds(line) {
  const [kind, id] = line.split(' ')
  if (kind === 'record') return ['pending', 'sealed'].includes((await node.record(decodeHex(id)))?.kind)
  const block = await index.block(decodeHex(id))
  if (block === null) return false
  const [followed] = await index.followed(block.header.height, 1)
  return encodeHex(followed.id) === id && block.header.height <= node.final.height
}

if (mode === 'live') await live()
else {
  const lines = (await text(process.stdin)).split('\n').filter(line => line !== '')
  for (const line of lines) if (!(await holds(line))) writeSync(1, `${line}\n`)
  await node.close()
}
