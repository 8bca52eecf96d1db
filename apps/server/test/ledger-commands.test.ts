/** Commands by which clinics begin a ledger together, and change who takes part. */
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { decodeGenesis, ledgerIdOf } from '@chartseal/emr-ledger'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backup } from '../dist/commands/backup.js'
import { restore } from '../dist/commands/restore.js'
import { dataPaths } from '../dist/data-folder.js'
import { keysText, readRoster } from '../dist/ledger/travel.js'
import { createListener, defaultLimits, listen } from '../dist/listen.js'
import { origin, startMs, type TestClinic, testClinic } from './api-world.js'
import { runAt } from './command-run.js'
import { emptyFolder } from './store-world.js'

const run = (...words: string[]) => runAt(fixedClock(startMs), ...words)

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await run(...words)
  expect([code, err]).toEqual([0, err])
  return out.trim()
}

interface Place {
  readonly data: string
  readonly keys: string
}

async function keyed(folder: string, name: string): Promise<Place> {
  const place = { data: join(folder, name), keys: join(folder, `${name}.json`) }
  await done('ledger', 'keys', '--data', place.data, '--origin', origin, '--name', name, '--out', place.keys)
  return place
}

/** Two clinics, both of whose registrars must sign; the first one is the sequencer. */
async function twoClinics() {
  const folder = emptyFolder()
  const [north, south] = [await keyed(folder, 'north'), await keyed(folder, 'south')]
  const genesis = join(folder, 'genesis')
  const files = `${north.keys},${south.keys}`
  const words = ['--name', 'Two streets', '--rule', 'tlog', '--keys', files, '--out', genesis]
  const id = await done('ledger', 'genesis', ...words)
  return { folder, north, south, genesis, id }
}

async function begun({ data }: Place, genesis: string, id: string): Promise<void> {
  await done(
    'init',
    '--data',
    data,
    '--origin',
    origin,
    '--name',
    'One',
    '--genesis',
    genesis,
    '--ledger-id',
    id,
  )
}

/** Gives it an address on this machine. */
async function served({ app }: TestClinic): Promise<string> {
  const server = createListener((request, env) => app.fetch(request, env), defaultLimits)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `${await listen(server, '127.0.0.1', 0)}`
}

async function working() {
  const world = await twoClinics()
  await begun(world.north, world.genesis, world.id)
  const clinic = await testClinic({ folder: world.north.data })
  return { ...world, clinic, port: await served(clinic) }
}

describe('the genesis of several clinics', () => {
  it('has the keys of all of them and the rule that was asked for, and an id that each of them checks', async () => {
    const { folder, north, south, genesis, id } = await twoClinics()
    const bytes = readFileSync(genesis)
    expect(id).toBe(encodeBase64Url(ledgerIdOf(bytes)))
    const { seal, roster } = decodeGenesis(bytes)
    expect([roster.quorum, roster.members.map(({ roles }) => roles)]).toEqual([
      2,
      [['registrar'], ['registrar']],
    ])
    expect(seal).toMatchObject({ kind: 'tlog', origin: 'clinic.example/ledger' })
    const voting = join(folder, 'voting')
    const files = `${north.keys},${south.keys}`
    const poa = ['--rule', 'poa', '--tolerates', 'lies', '--slot-seconds', '7', '--quorum', '1']
    await done('ledger', 'genesis', '--name', 'Three', ...poa, '--keys', files, '--out', voting)
    const made = decodeGenesis(readFileSync(voting))
    expect(made.seal).toEqual({ kind: 'poa', slotSeconds: 7, slotsPerTurn: 4, tolerates: 'lies' })
    expect(made.roster.members.map(({ roles, name }) => `${roles.join()} ${name}`).sort()).toEqual([
      'registrar north',
      'registrar south',
      'sealer north',
      'sealer south',
    ])
    const init = ['init', '--data', south.data, '--origin', origin, '--name', 'South', '--genesis', voting]
    expect((await run(...init, '--ledger-id', id)).err).toContain('ledger-command/other-id')
    await begun(south, genesis, id)
    const again = ['ledger', 'keys', '--data', south.data, '--out', south.keys]
    const before = JSON.parse(readFileSync(south.keys, 'utf8'))
    await done(...again)
    expect(JSON.parse(readFileSync(south.keys, 'utf8'))).toEqual({ ...before, name: 'One' })
  })

  it('is refused where words are missing or wrong, and where a file is none', async () => {
    const { folder, north, south } = await twoClinics()
    const both = `${north.keys},${south.keys}`
    const words = ['ledger', 'genesis', '--name', 'L', '--out', join(folder, 'other')]
    const refused = async (...more: string[]): Promise<string> => (await run(...words, ...more)).err
    expect(await refused('--rule', 'poa')).toMatch('--keys')
    expect(await refused('--rule', 'poa', '--keys', north.keys)).toMatch('two files')
    expect(await refused('--rule', 'pow', '--keys', both)).toMatch('--rule')
    expect(await refused('--rule', 'poa', '--keys', both, '--tolerates', 'all')).toMatch('--tolerates')
    expect(await refused('--rule', 'poa', '--keys', both, '--slot-seconds', '0')).toMatch('--slot-seconds')
    expect(await refused('--rule', 'poa', '--keys', both, '--quorum', '3')).toMatch('--quorum')
    expect(await refused('--rule', 'poa', '--keys', `${both},${north.keys}`)).toMatch('each clinic once')
    const bad = join(folder, 'bad.json')
    const text = keysText({
      name: 'Bad',
      host: 'bad',
      sealer: new Uint8Array(32),
      registrar: new Uint8Array(32),
    })
    for (const content of ['{}', 'words', text, text.replace('-keys', '-other'), '{"v":1,"kind":1}']) {
      writeFileSync(bad, content)
      expect(await refused('--rule', 'poa', '--keys', `${both},${bad}`)).toContain('ledger-command/file')
    }
    const init = ['init', '--data', join(folder, 'x'), '--origin', origin, '--name', 'X']
    expect((await run(...init, '--genesis', bad, '--ledger', 'http://127.0.0.1:1')).err).toMatch('--genesis')
  })
})

describe('the roster of several clinics', () => {
  it('takes what as many registrars signed as it takes, and not before', async () => {
    const { folder, south, port, clinic } = await working()
    const doctor = await clinic.enrol('doctor')
    await clinic.clinic.ledger.beat()
    // Nobody alone: the registrar of the server leaves it to people.
    expect(clinic.clinic.ledger.node.pending()).toEqual([])
    const east = await keyed(folder, 'east')
    const file = join(folder, 'roster.json')
    const propose = ['ledger', 'roster', 'propose', '--port', port, '--out', file]
    const proposed = await run(...propose, '--data', clinic.folder, '--add', east.keys, '--quorum', '1')
    expect(proposed).toMatchObject({ code: 0, err: expect.stringContaining('1 of 2 registrars signed') })
    const submit = ['ledger', 'roster', 'submit', '--port', port, '--file', file]
    expect((await run(...submit)).err).toContain('ledger/quorum')
    const sign = ['ledger', 'roster', 'sign', '--port', port, '--data', south.data, '--file', file]
    const shown = await run(...sign)
    const [, txid = ''] = /--txid (\S{43})/.exec(shown.err) ?? []
    expect([shown.code, shown.out.includes('east')]).toEqual([0, true])
    expect((await run(...sign, '--txid', encodeBase64Url(new Uint8Array(32)))).code).toBe(2)
    expect((await run(...submit)).err).toContain('ledger/quorum')
    // Enough: it is handed in by that, and once more by the same.
    for (let times = 0; times < 2; times += 1)
      expect((await run(...sign, '--txid', txid)).err).toMatch(/2 of 2 registrars signed .*It was taken/s)
    expect(await done(...submit)).toBe(txid)
    await clinic.clinic.ledger.beat()
    const { number, quorum, members } = await clinic.clinic.ledger.node.roster()
    expect([number, quorum]).toEqual([2n, 1])
    expect(members.filter(({ name }) => name === 'east').map(({ roles }) => roles.join())).toEqual(
      expect.arrayContaining(['registrar', 'sealer']),
    )
    expect(members.map(({ kid }) => encodeBase64Url(kid))).toContain(doctor.kid)
    expect((await run(...propose, '--data', clinic.folder, '--add', east.keys)).err).toContain(
      'ledger-command/nothing',
    )
  })

  it('has a key that is no device, such as one in an HSM, under the role that is named', async () => {
    const { folder, north, port } = await working()
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [pem, secret] = [join(folder, 'hsm.pem'), join(folder, 'secret.pem')]
    writeFileSync(pem, publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(secret, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const out = ['--out', join(folder, 'roster.json')]
    const propose = ['ledger', 'roster', 'propose', '--port', port, '--data', north.data, ...out]
    const text = await done(...propose, '--key', pem, '--role', 'prescriber', '--name', 'Okafor')
    expect(text).toMatch(/Comes: "Okafor" .*: prescriber/)
    const record = readRoster('roster.json', readFileSync(join(folder, 'roster.json'), 'utf8'))
    const { members } = record.claims.roster
    expect(members.find(({ name }) => name === 'Okafor')?.algorithm).toBe('ES256')
    for (const wrong of [
      ['--key', pem],
      ['--role', 'prescriber'],
      ['--key', pem, '--role', 'doctor'],
    ])
      expect((await run(...propose, ...wrong)).err).toContain('--role')
    const leaked = await run(...propose, '--key', secret, '--role', 'prescriber')
    expect(leaked.err).toContain('member-key/unreadable')
  })

  it('sets the clock back up to the newest block, in words that whoever signs reads', async () => {
    const { folder, north, port } = await working()
    const file = join(folder, 'roster.json')
    const propose = ['ledger', 'roster', 'propose', '--port', port, '--data', north.data, '--out', file]
    for (const other of ['yesterday', '2025-11-30T00:00:00Z', '1969-12-31T00:00:00Z'])
      expect((await run(...propose, '--set-clock-back', other)).err).toContain('which has passed')
    const text = await done(...propose, '--set-clock-back', '2025-11-29T00:00:00Z')
    expect(text).toContain('SETS THE CLOCK of the ledger back to: 2025-11-29 00:00:00 UTC (up to block 0)')
    const { roster } = readRoster('roster.json', readFileSync(file, 'utf8')).claims
    expect(roster.clock).toEqual({ height: 0n, time: 1_764_374_400n })
  })

  it('ends members by their key ids, and says what is none', async () => {
    const { folder, north, south, port } = await working()
    const propose = ['ledger', 'roster', 'propose', '--port', port, '--data', north.data]
    const out = ['--out', join(folder, 'roster.json')]
    const { registrar } = JSON.parse(readFileSync(south.keys, 'utf8'))
    expect((await run(...propose, ...out, '--end', registrar)).err).toContain('--end')
    const { members } = decodeGenesis(readFileSync(join(folder, 'genesis'))).roster
    const going = members.find(({ publicKey }) => encodeBase64Url(publicKey) === registrar)
    const text = await done(
      ...propose,
      ...out,
      '--end',
      encodeBase64Url(going?.kid ?? new Uint8Array()),
      '--quorum',
      '1',
    )
    expect(text).toContain('south')
  })

  it('is proposed and signed by registrars in force alone, of this ledger, with a server that answers', async () => {
    const { folder, port, north } = await working()
    const file = join(folder, 'roster.json')
    const east = await keyed(folder, 'east')
    const propose = ['ledger', 'roster', 'propose', '--add', east.keys, '--out', file]
    await done('init', '--data', east.data, '--origin', origin, '--name', 'East')
    expect((await run(...propose, '--data', east.data, '--port', port)).err).toContain(
      'ledger-command/not-registrar',
    )
    expect((await run(...propose, '--data', east.data, '--port', '1')).err).toContain('ledger-command/answer')
    await done(...propose, '--data', north.data, '--port', port)
    const other = await testClinic()
    const elsewhere = ['ledger', 'roster', 'submit', '--port', await served(other), '--file', file]
    expect((await run(...elsewhere)).err).toContain('ledger-command/other-ledger')
    const changed = readFileSync(file, 'utf8').replace(/"ledger":".../, '"ledger":"AAA')
    writeFileSync(file, changed)
    expect((await run(...elsewhere)).err).toContain('ledger-command/file')
  })

  it('is handed in under its own name, by anybody, and nothing else is', async () => {
    const { clinic, port } = await working()
    const key = verifyingKeyOf(SigningKey.generate(systemRandom))
    const path = `/v1/ledger/rosters/${encodeBase64Url(key)}`
    const body = new Uint8Array(decodeBase64Url('gUAA'))
    const headers = { 'content-type': 'application/octet-stream' }
    const answer = await clinic.ask('PUT', path, { body, headers })
    expect(answer.status).toBe(400)
    expect(Number(port)).toBeGreaterThan(0)
  })
})

/** A clinic at a ledger whose two sealers vote. */
async function voting() {
  const { folder, north, south } = await twoClinics()
  const genesis = join(folder, 'voting')
  const rule = ['--name', 'Votes', '--rule', 'poa']
  const words = [...rule, '--keys', `${north.keys},${south.keys}`, '--out', genesis]
  await begun(north, genesis, await done('ledger', 'genesis', ...words))
  return { folder, north, clinic: await testClinic({ folder: north.data }) }
}

describe('the status of the ledger', () => {
  it('names tip, final, peers, who seals, and whether this clinic does', async () => {
    const { port, id } = await working()
    const { code, out } = await run('ledger', 'status', '--port', port)
    expect([code, out]).toEqual([0, expect.stringContaining(`"Two streets" ${id}`)])
    for (const line of [/^tip +block 0$/m, /^final +block 0$/m, /^peers +0 of 0 answer$/m, /^rule +tlog$/m])
      expect(out).toMatch(line)
    expect(out).toMatch(/^roster +number 1; 2 of 2 registrars change it$/m)
    expect(out).toMatch(/^this clinic +seals, key \S{43}$/m)
  })

  it('names the leader of the slot where sealers vote', async () => {
    const { clinic } = await voting()
    const { out } = await run('ledger', 'status', '--port', await served(clinic))
    expect(out).toMatch(/^sealers +2, of whom 2 decide: "(north", "south|south", "north)"$/m)
    expect(out).toMatch(/^leads +"(north|south)" in slot 0$/m)
    expect(out).toMatch(/^this clinic +seals/m)
  })
})

describe('a clinic of voting sealers that is restored', () => {
  it('comes without the key that it voted with, and makes another one', async () => {
    const { folder, north, clinic } = await voting()
    expect(await clinic.clinic.ledger.seals()).toBe(true)
    await clinic.clinic.close()
    const { signingKey: key, store } = dataPaths(north.data)
    const ports = { clock: systemClock, random: systemRandom }
    const made = await backup({
      data: north.data,
      target: { file: store },
      to: folder,
      check: true,
      ...ports,
    })
    const data = join(folder, 'restored')
    const report = await restore({ from: made.folder, data, key, log: north.data, fetch, ...ports })
    expect([report.seals, report.votes]).toEqual([false, true])
    expect(existsSync(dataPaths(data).ledgerKey)).toBe(false)
    const before = JSON.parse(readFileSync(north.keys, 'utf8'))
    await done('ledger', 'keys', '--data', data, '--out', north.keys)
    const after = JSON.parse(readFileSync(north.keys, 'utf8'))
    expect([after.registrar, after.sealer === before.sealer]).toEqual([before.registrar, false])
    const again = await testClinic({ folder: data })
    expect(await again.clinic.ledger.seals()).toBe(false)
  })
})
