import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateRsaKeyPair } from '@chartseal/ipfs-envelope/v1'
import { beforeAll, describe, expect, it } from 'vitest'
import { run } from '../dist/run.js'
import { cli, cliJson, emptyFolder, type Ran, Sink, worldIo } from './cli.js'

const people = ['alice', 'bob', 'carol'] as const
const keys = new Map<string, string>()
const record = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) >> 3)

beforeAll(async () => {
  for (const name of people) {
    const pair = await generateRsaKeyPair({ bits: 2048 })
    keys.set(`${name}.pem`, pair.privateKeyPem)
    keys.set(`${name}.pub.pem`, pair.publicKeyPem)
  }
})

const to = (flag: string, ...names: readonly string[]): readonly string[] =>
  names.flatMap(name => [flag, `${name}=${name}.pub.pem`])
const inStore = ['--store', 'blocks']
const as = (name: string): readonly string[] => ['--private-key', `${name}.pem`]

/** A folder with everybody's keys and a record. */
function folder(): string {
  const cwd = emptyFolder()
  for (const [file, pem] of keys) writeFileSync(join(cwd, file), pem)
  writeFileSync(join(cwd, 'scan.dcm'), record)
  return cwd
}

/** The same, with the record stored for some. */
async function stored(...names: readonly string[]): Promise<string> {
  const cwd = folder()
  const ran = await cli(
    ['envelope', 'put', '--v1', ...inStore, ...to('--to', ...names), 'scan.dcm', '-o', 'scan.json'],
    { cwd },
  )
  expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
  return cwd
}

const get = (cwd: string, who: string, file = 'scan.json', ...more: readonly string[]): Promise<Ran> =>
  cli(['envelope', 'get', '--v1', ...inStore, ...as(who), file, '-o', `out-${who}`, '--force', ...more], {
    cwd,
  })

describe('chartseal envelope put and get, version 1', () => {
  it('gives every recipient the record, by name and by trial, in a file of his own', async () => {
    const cwd = await stored('alice', 'bob')
    for (const who of ['alice', 'bob']) {
      expect(await get(cwd, who)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
      expect(await get(cwd, who, 'scan.json', '--recipient', who)).toMatchObject({ exitCode: 0 })
      expect(readFileSync(join(cwd, `out-${who}`)).equals(record)).toBe(true)
      expect(statSync(join(cwd, `out-${who}`)).mode & 0o777).toBe(0o600)
    }
    const carol = await get(cwd, 'carol')
    expect(carol).toMatchObject({ exitCode: 1, stdout: '' })
    expect(carol.stderr).toContain('open/failed')
    expect((await get(cwd, 'carol', 'scan.json', '--recipient', 'carol')).stderr).toContain(
      'unknown-recipient',
    )
  })

  it('works through stdin and stdout', async () => {
    const cwd = folder()
    const put = await cli(['envelope', 'put', '--v1', ...inStore, ...to('--to', 'alice')], {
      cwd,
      stdin: 'Grüße',
    })
    const told = await cli(['envelope', 'get', '--v1', ...inStore, ...as('alice')], {
      cwd,
      stdin: put.stdout,
    })
    expect(told).toMatchObject({ exitCode: 0, stdout: 'Grüße' })
    const json = await cliJson(['envelope', 'get', '--v1', ...inStore, ...as('alice')], {
      cwd,
      stdin: put.stdout,
    })
    expect(json).toMatchObject({
      cid: JSON.parse(put.stdout).cid,
      plaintext: Buffer.from('Grüße').toString('hex'),
    })
  })

  it('refuses a store that was tampered with, or has lost a block', async () => {
    const cwd = await stored('alice')
    const block = readdirSync(join(cwd, 'blocks'), { recursive: true, encoding: 'utf8' }).find(name =>
      name.endsWith('.data'),
    )
    const path = join(cwd, 'blocks', block ?? '')
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0, 0, 1))
    expect((await get(cwd, 'alice')).stderr).toContain('envelope/cid-mismatch')
    rmSync(path)
    expect((await get(cwd, 'alice')).stderr).toContain('envelope/blob-not-found')
    expect(readdirSync(cwd)).not.toContain('out-alice')
  })

  it('shows a bar on a terminal only', async () => {
    const cwd = folder()
    const put = ['envelope', 'put', '--v1', ...inStore, ...to('--to', 'alice'), 'scan.dcm']
    const screen = Object.assign(new Sink(), { isTTY: true })
    expect(await run(put, worldIo({ cwd, isTerminal: true }, new Sink(), screen))).toBe(0)
    expect(screen.text).toContain('Storing')
    expect((await cli(put, { cwd })).stderr).toBe('')
  })
})

describe('chartseal envelope grant and revoke, version 1', () => {
  it('grants: the same blob, one key more', async () => {
    const cwd = await stored('alice')
    const ran = await cli(
      ['envelope', 'grant', '--v1', ...as('alice'), ...to('--to', 'carol'), 'scan.json', '-o', 'two.json'],
      { cwd },
    )
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' })
    expect(await get(cwd, 'carol', 'two.json', '--recipient', 'carol')).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(cwd, 'out-carol')).equals(record)).toBe(true)
    expect((await get(cwd, 'bob', 'two.json')).stderr).toContain('open/failed')
    const denied = await cli(['envelope', 'grant', '--v1', ...as('bob'), ...to('--to', 'bob'), 'scan.json'], {
      cwd,
    })
    expect(denied).toMatchObject({ exitCode: 1, stdout: '' })
  })

  it('revokes: the old package is dead, who stays reads on, who was left out does not', async () => {
    const cwd = await stored('alice', 'bob', 'carol')
    const before = blockCount(cwd)
    const revoke = [
      'envelope',
      'revoke',
      '--v1',
      ...inStore,
      ...as('alice'),
      ...to('--keep', 'alice', 'carol'),
      'scan.json',
    ]
    expect(await cli([...revoke, '-o', 'new.json'], { cwd })).toMatchObject({ exitCode: 0, stdout: '' })
    expect(await get(cwd, 'carol', 'new.json')).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(cwd, 'out-carol')).equals(record)).toBe(true)
    expect((await get(cwd, 'bob', 'new.json')).stderr).toContain('open/failed')
    expect((await get(cwd, 'bob', 'scan.json')).stderr).toContain('envelope/blob-not-found')
    expect(blockCount(cwd)).toBe(before)
  })

  it('revokes nothing when the new package has no place', async () => {
    const cwd = await stored('alice', 'bob')
    const before = blockCount(cwd)
    const revoke = [
      'envelope',
      'revoke',
      '--v1',
      ...inStore,
      ...as('alice'),
      ...to('--keep', 'alice'),
      'scan.json',
    ]
    expect(await cli(revoke, { cwd })).toMatchObject({ exitCode: 2 })
    expect(await cli([...revoke, '-o', 'scan.json'], { cwd })).toMatchObject({ exitCode: 2 })
    expect(blockCount(cwd)).toBe(before)
    expect(await get(cwd, 'bob')).toMatchObject({ exitCode: 0 })
    expect(await cli([...revoke, '-o', 'scan.json', '--force'], { cwd })).toMatchObject({ exitCode: 0 })
    expect(await get(cwd, 'alice')).toMatchObject({ exitCode: 0 })
  })
})

describe('chartseal envelope inspect, version 1', () => {
  it('needs no key, and says what nobody vouches for', async () => {
    const cwd = await stored('alice', 'bob')
    const { cid } = JSON.parse(readFileSync(join(cwd, 'scan.json'), 'utf8'))
    const told = await cli(['envelope', 'inspect', '--v1', 'scan.json'], { cwd })
    expect(told.exitCode).toBe(0)
    for (const part of [cid, '"alice", 256 bytes', '"bob"', 'signed by nobody', 'well formed']) {
      expect(told.stdout).toContain(part)
    }
    expect(await cliJson(['envelope', 'inspect', '--v1', 'scan.json'], { cwd })).toMatchObject({
      refusal: null,
      package: { cid, root: 'dag-pb', recipients: [{ id: 'alice' }, { id: 'bob', wrapped_bytes: 256 }] },
    })
  })

  it('names what is wrong', async () => {
    const ran = await cli(['envelope', 'inspect', '--v1'], { stdin: '{"owner":"me"}' })
    expect(ran.exitCode).toBe(1)
    expect(ran.stdout).toContain('envelope/unknown-field')
    const one = await cli(['envelope', 'inspect', '--v1'], { stdin: JSON.stringify(rawPackage) })
    expect(one.stdout).toContain('one raw block')
  })
})

describe('wrong use of chartseal envelope --v1', () => {
  const ofAlice = ['--to', 'alice=alice.pub.pem']
  it.each([
    ['no recipient', ['put', ...inStore, 'scan.dcm'], 2],
    ['a recipient without a file', ['put', ...inStore, '--to', 'alice', 'scan.dcm'], 2],
    ['a recipient without a name', ['put', ...inStore, '--to', '=alice.pub.pem', 'scan.dcm'], 2],
    ['one recipient twice', ['put', ...inStore, ...ofAlice, ...ofAlice, 'scan.dcm'], 1],
    ['a private key to encrypt for', ['put', ...inStore, '--to', 'alice=alice.pem', 'scan.dcm'], 1],
    ['a store that is a file', ['put', '--store', 'scan.dcm', ...ofAlice, 'scan.dcm'], 2],
    ['no store to read from', ['get', '--store', 'none', ...as('alice'), 'package.json'], 2],
    ['a record that is no package', ['get', ...inStore, ...as('alice'), 'alice.pem'], 1],
    [
      'a key size that is not offered',
      ['keygen', '--private-key', 'a', '--public-key', 'b', '--bits', '1024'],
      2,
    ],
  ])('%s', async (_, args, exitCode) => {
    const cwd = folder()
    writeFileSync(join(cwd, 'package.json'), JSON.stringify(rawPackage))
    expect(await cli(['envelope', ...args, '--v1'], { cwd })).toMatchObject({ exitCode, stdout: '' })
    expect(readdirSync(cwd)).not.toContain('none')
  })
})

const rawPackage = {
  cid: 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
  nonce: 'AAAAAAAAAAAAAAAA',
  enc_keys: { alice: 'AAAA' },
}

function blockCount(cwd: string): number {
  const names = readdirSync(join(cwd, 'blocks'), { recursive: true, encoding: 'utf8' })
  return names.filter(name => name.endsWith('.data')).length
}
