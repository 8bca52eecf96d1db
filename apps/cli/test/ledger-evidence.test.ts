import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import {
  encodeGenesis,
  type Genesis,
  genesisBlock,
  headerOf,
  ledgerIdOf,
  memberOf,
  type ReadHeader,
} from '@chartseal/emr-ledger'
import { describe, expect, it, onTestFinished } from 'vitest'
import { emptyFolder } from './cli.js'
import { codeIn } from './codes.js'
import { commandsIn } from './ledger-world.js'

const key = new SigningKey(new Uint8Array(32).fill(5))
const publicKey = verifyingKeyOf(key)
const sealer = memberOf({
  algorithm: 'Ed25519',
  publicKey,
  roles: ['registrar', 'sealer'],
  name: 'Clinic East',
})
const genesis: Genesis = {
  name: 'Valley',
  timestamp: 1_800_000_000n,
  roster: { number: 1n, members: [sealer], quorum: 1 },
  seal: { kind: 'poa', slotSeconds: 2, slotsPerTurn: 4, tolerates: 'crash' },
  legacy: null,
  salt: new Uint8Array(32),
}

/** By the words of docs/spec/ledger-v2.md alone: two headers of one time, and the leader's signatures. */
function proof(): Uint8Array {
  const block0 = genesisBlock(genesis).header
  const at = (fill: number): ReadHeader =>
    headerOf({
      ...block0,
      height: 1n,
      previous: block0.id,
      timestamp: genesis.timestamp + 2n,
      sealer: sealer.kid,
      stateRoot: new Uint8Array(32).fill(fill),
    })
  const headers = [at(1), at(2)].sort((a, b) => Buffer.compare(a.id, b.id))
  const signatures = headers.map(({ id }) =>
    sign(key, Buffer.concat([encodeUtf8('chartseal/ledger/v2/seal\0'), id])),
  )
  const bytes = headers.map(header => header.bytes)
  return encodeCbor({ v: 2, kind: 'seals', alg: 'Ed25519', key: publicKey, headers: bytes, signatures })
}

describe('chartseal ledger evidence verify', () => {
  it('names the sealer who sealed two blocks of one slot, from one proof or a list of them', async () => {
    const cwd = emptyFolder()
    const { run, json } = commandsIn(cwd)
    const put = (name: string, bytes: Uint8Array): void => writeFileSync(join(cwd, name), bytes)
    put('genesis.cbor', encodeGenesis(genesis))
    put('one.cbor', proof())
    put('list.cbor', encodeCbor([proof()]))
    put('empty.cbor', encodeCbor([]))
    const said = { kind: 'seals', sealer: encodeBase64Url(sealer.kid) }
    expect(await json('evidence verify one.cbor')).toMatchObject({ kind: 'offences', proofs: [said] })
    const told = await run('evidence verify --genesis genesis.cbor list.cbor')
    expect(told.stdout).toMatch(
      /^Proven {8}"Clinic East", key \S+, sealed two blocks of 2027-01-15T08:00:02Z\n/,
    )
    expect((await run('evidence verify empty.cbor')).stdout).toBe('No proofs: this list is empty.\n')
  })

  it('refuses what proves nothing, or another ledger', async () => {
    const cwd = emptyFolder()
    const { run } = commandsIn(cwd)
    const verified = async (bytes: Uint8Array, options = ''): Promise<string> => {
      writeFileSync(join(cwd, 'file'), bytes)
      return codeIn(await run(`evidence verify ${options}file`))
    }
    const changed = proof()
    changed[changed.length - 70] = (changed[changed.length - 70] ?? 0) ^ 1
    expect(await verified(changed)).toBe('ledger/message')
    expect(await verified(encodeCbor([1]))).toBe('cli/not-a-proof')
    writeFileSync(join(cwd, 'other.cbor'), encodeGenesis({ ...genesis, name: 'Hill' }))
    expect(await verified(proof(), '--genesis other.cbor ')).toBe('cli/other-ledger')
  })
})

describe('chartseal ledger show', () => {
  it('says in words what keeps the server from sealing, and how many proofs against sealers it has', async () => {
    const { run, json } = commandsIn(emptyFolder())
    const bytes = encodeGenesis(genesis)
    const at = { id: encodeBase64Url(new Uint8Array(32)), height: 3, timestamp: 1_800_000_002 }
    const ledger = { ledger: encodeBase64Url(ledgerIdOf(bytes)), name: 'Valley', rule: 'poa', pending: 1 }
    const about = { ...ledger, genesis: encodeBase64Url(bytes), tip: at, final: at }
    const sealing = { seal_fault: 'ledger/clock' as string | null, offences: 2 }
    const server = createServer((request, response) =>
      response.end(JSON.stringify(request.url === '/v1/ledger/sealing' ? sealing : about)),
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const show = `show --server http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const { stdout } = await run(show)
    expect(stdout).toMatch(/^Stopped {2}the clock of the server is far .* \(ledger\/clock\)$/m)
    expect(stdout).toMatch(/^Offences 2: ledger evidence verify /m)
    Object.assign(sealing, { seal_fault: null, offences: 0 })
    expect((await run(show)).stdout).not.toMatch(/Stopped|Offences/)
    expect(await json(show)).toMatchObject({ pending: 1, stopped: null, offences: 0 })
  })
})
