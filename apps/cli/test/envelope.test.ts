import { generateKeyPairSync } from 'node:crypto'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../dist/run.js'
import { Sink, worldIo } from './cli.js'
import { codeIn } from './codes.js'
import { as, asOwner, blocks, files, gets, inStore, place, record, shared } from './envelope-world.js'
import { env, pairedPlace } from './ring-world.js'

const mode = (cwd: string, file: string): number => statSync(join(cwd, file)).mode & 0o777

describe('chartseal envelope keygen, recipient and owner', () => {
  it('writes secrets for their owner only, and prints who they are', async () => {
    const there = await place()
    const told = await there.run(['keygen', '--out', 'a.id', '--owner-key', 'a.owner'])
    expect(told.stdout).toMatch(/^Recipient {3}csrec1[a-z0-9]+\nOwner {7}[\w-]{43}\n$/)
    for (const file of ['a.id', 'a.owner']) expect(mode(there.cwd, file)).toBe(0o600)
    const recipient = (await there.run(['recipient', ...as('a')])).stdout
    expect(told.stdout).toContain(recipient)
    expect(told.stdout).toContain((await there.run(['owner', '--owner-key', 'a.owner'])).stdout)
    for (const secret of ['csid1', Buffer.from(there.read('a.owner')).toString().trim()])
      expect(told.stdout).not.toContain(secret)
  })

  it('replaces no key without --force, and writes none where somebody could see it', async () => {
    const there = await place()
    const before = there.read('rosa.id')
    expect(await there.run(['keygen', '--out', 'rosa.id'])).toMatchObject({ exitCode: 2 })
    expect(await there.run(['keygen', '--out', 'n.id', '--owner-key', 'rosa.owner'])).toMatchObject({
      exitCode: 2,
    })
    for (const args of [[], ['--out', '-']])
      expect(await there.run(['keygen', ...args])).toMatchObject({ exitCode: 2, stdout: '' })
    expect(there.read('rosa.id')).toEqual(before)
    expect(files(there)).not.toContain('n.id')
  })

  it('knows the person of a ring as an owner', async () => {
    const pair = await pairedPlace()
    const ring = ['--ring', 'okafor']
    const { stdout } = await pair.run(['envelope', 'owner', ...ring])
    expect(stdout).toMatch(/^[\w-]{43}\n$/)
    await pair.run(['envelope', 'keygen', '--out', 'o.id'])
    const put = ['envelope', 'put', ...inStore, ...ring, '--identity', 'o.id', '-o', 'note.grants']
    expect(await pair.run(put, { stdin: 'Take one' })).toMatchObject({ exitCode: 0, stderr: '' })
    const get = ['envelope', 'get', ...inStore, '--identity', 'o.id', '--owner', stdout.trim(), 'note.grants']
    expect(await pair.run(get)).toMatchObject({ exitCode: 0, stdout: 'Take one' })
    const wrong = { env: { ...env, CHARTSEAL_PASSPHRASE: 'another one' }, stdin: 'x' }
    expect(codeIn(await pair.run([...put, '--force'], wrong))).toBe('ring/wrong-passphrase')
  })
})

describe('chartseal envelope put and get', () => {
  it('gives everybody who is named the record, and nobody else', async () => {
    const there = await shared('okafor')
    expect(await gets(there, 'okafor')).toBe(true)
    expect(await gets(there, 'rosa')).toBe(true)
    expect(await gets(there, 'lindqvist')).toBe('open/failed')
    expect(mode(there.cwd, 'okafor.out')).toBe(0o600)
    const told = await there.json([
      'get',
      ...inStore,
      ...as('okafor'),
      '--any-owner',
      'scan.grants',
      '-o',
      'b.out',
    ])
    expect(told).toMatchObject({ out: 'b.out', name: 'scan.dcm', size_bytes: record.length, labels: [] })
  })

  it('works through stdin and stdout, on a terminal as text only', async () => {
    const there = await place()
    const header = ['--name', 'note', '--type', 'text/plain', '--label', 'http://x|R']
    const put = ['put', ...inStore, ...asOwner, '--to', 'okafor.rec', ...header, '-o', '-']
    const out = new Sink()
    const world = { cwd: there.cwd, stdin: 'Grüße' }
    expect(await run(['envelope', ...put], worldIo(world, out, new Sink()))).toBe(0)
    writeFileSync(join(there.cwd, 'note.grants'), out.bytes)
    const get = ['get', ...inStore, ...as('okafor'), '--owner', there.kid, 'note.grants']
    expect(await there.run(get)).toMatchObject({ exitCode: 0, stdout: 'Grüße' })
    expect((await there.run(get, { isTerminal: true })).stdout).toBe('Grüße\n')
    expect(await there.json(get)).toMatchObject({
      ...{ name: 'note', type: 'text/plain', labels: ['http://x|R'] },
      plaintext: Buffer.from('Grüße').toString('hex'),
    })
    await there.run([...put.slice(0, -1), 'b.grants'], { stdin: Buffer.from([0xff, 0xfe]) })
    const binary = await there.run([...get.slice(0, -1), 'b.grants'], { isTerminal: true })
    expect(binary).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it.each([
    ['0-9', 0, 10],
    ['1048570-2100000', 1_048_570, 2_100_001],
    ['2999999-', 2_999_999, record.length],
    ['2999999-99999999', 2_999_999, record.length],
    [`${record.length}-`, record.length, record.length],
  ])('reads the part %s', async (range, from, to) => {
    const there = await shared('okafor')
    const get = ['get', ...inStore, ...as('okafor'), '--owner', there.kid, '--range', range, 'scan.grants']
    expect((await there.run([...get, '-o', 'part'])).exitCode).toBe(0)
    expect(Buffer.from(there.read('part')).equals(record.subarray(from, to))).toBe(true)
  })

  it('needs no other block than those of the part', async () => {
    const there = await shared('okafor')
    const [first = ''] = files(there).filter(name => name.endsWith('.data'))
    const whole: string[] = []
    for (const range of ['0-9', '1500000-1500009', '2999990-2999999']) {
      rmSync(join(there.cwd, 'gone'), { recursive: true, force: true })
      const args = ['get', ...inStore, ...as('okafor'), '--any-owner', '--range', range, 'scan.grants']
      const path = join(there.cwd, first)
      const kept = there.read(first)
      rmSync(path)
      whole.push(`${(await there.run(args)).exitCode}`)
      writeFileSync(path, kept)
    }
    // The root, or the one leaf that two of three parts do not need.
    expect(['111', '011', '101', '110', '001', '010', '100']).toContain(whole.join(''))
  })

  it('refuses a store that lies, has lost a block, or is not there, and leaves no file', async () => {
    const there = await shared('okafor')
    const [block = ''] = files(there).filter(name => name.endsWith('.data'))
    const path = join(there.cwd, block)
    const bytes = Buffer.from(there.read(block))
    writeFileSync(path, bytes.fill(0, 0, 1))
    expect(await gets(there, 'okafor')).toBe('envelope/cid-mismatch')
    rmSync(path)
    expect(await gets(there, 'okafor')).toBe('envelope/blob-not-found')
    expect(
      await there.run(['get', '--store', 'none', ...as('okafor'), '--any-owner', 'scan.grants']),
    ).toMatchObject({ exitCode: 2 })
    expect(files(there).filter(name => name.includes('.out') || name.endsWith('.tmp'))).toEqual([])
  })

  it('takes an RSA key of before, under its passphrase, too', async () => {
    const there = await place()
    const cipher = 'aes-256-cbc'
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher, passphrase: 'seven herons' },
    })
    writeFileSync(join(there.cwd, 'old.pem'), privateKey)
    writeFileSync(join(there.cwd, 'old.pub.pem'), publicKey)
    const put = [
      'put',
      ...inStore,
      ...asOwner,
      ...as('rosa'),
      '--to',
      'old.pub.pem',
      'scan.dcm',
      '-o',
      'scan.grants',
    ]
    expect((await there.run(put)).exitCode).toBe(0)
    const get = ['get', ...inStore, '--identity', 'old.pem', '--owner', there.kid, 'scan.grants', '-o', 'got']
    expect(await there.run(get)).toMatchObject({ exitCode: 2 })
    const world = { env: { CHARTSEAL_PASSPHRASE: 'seven herons' } }
    expect((await there.run(get, world)).exitCode).toBe(0)
    expect(Buffer.from(there.read('got')).equals(record)).toBe(true)
    const { recipient } = await there.json(['recipient', '--public-key', 'old.pub.pem'])
    expect(`${recipient}`).toMatch(/^csrec1/)
    expect(await there.run(['recipient', '--identity', 'old.pem'], world)).toMatchObject({ exitCode: 2 })
    const own = ['put', ...inStore, ...asOwner, '--identity', 'old.pem', 'scan.dcm', '-o', 'x.grants']
    expect(await there.run(own, world)).toMatchObject({ exitCode: 2 })
  })

  it('adds a version, and gives newcomers the past by choice', async () => {
    const there = await shared('okafor')
    writeFileSync(join(there.cwd, 'more.txt'), 'addendum')
    const next = [
      'put',
      ...inStore,
      ...asOwner,
      ...as('rosa'),
      '--to',
      'lindqvist.rec',
      '--next',
      'scan.grants',
      'more.txt',
    ]
    expect((await there.run([...next, '--history', '-o', 'two.grants'])).exitCode).toBe(0)
    expect((await there.run([...next, '-o', 'bare.grants'])).exitCode).toBe(0)
    const get = ['get', ...inStore, ...as('lindqvist'), '--owner', there.kid]
    expect((await there.run([...get, 'two.grants'])).stdout).toBe('addendum')
    expect(await gets(there, 'lindqvist', 'two.grants', '--record-version', '1')).toBe(true)
    expect(await gets(there, 'lindqvist', 'bare.grants', '--record-version', '1')).toBe('open/failed')
    expect(await gets(there, 'okafor', 'two.grants')).toBe('open/failed')
    expect(await there.run([...next, '--until', '2027-01-01T00:00:00Z', '-o', 'c.grants'])).toMatchObject({
      exitCode: 2,
    })
  })

  it('shows a bar on a terminal only', async () => {
    const there = await place()
    const put = ['put', ...inStore, ...asOwner, ...as('rosa'), 'scan.dcm', '-o', 's.grants']
    const screen = Object.assign(new Sink(), { isTTY: true })
    expect(
      await run(['envelope', ...put], worldIo({ cwd: there.cwd, isTerminal: true }, new Sink(), screen)),
    ).toBe(0)
    expect(screen.text).toContain('Sealing')
  })
})

describe('whose record it is', () => {
  it('must be said, or be known', async () => {
    const there = await shared('okafor')
    const get = ['get', ...inStore, ...as('okafor'), 'scan.grants', '-o', 'x', '--force']
    const asked = await there.run(get)
    expect(asked).toMatchObject({ exitCode: 2, stdout: '' })
    expect(asked.stderr).toContain(`--owner ${there.kid}`)
    const other = 'A'.repeat(43)
    expect(codeIn(await there.run([...get, '--owner', other]))).toBe('cli/other-owner')
    for (const trust of [
      ['--owner', there.kid],
      ['--any-owner'],
      ['--owner', there.kid, '--known', 'seen'],
      ['--known', 'seen'],
    ])
      expect(await there.run([...get, ...trust])).toMatchObject({ exitCode: 0 })
  })

  it('remembers owner and newest list, and refuses an older one and one beside it', async () => {
    const there = await shared('okafor')
    const grant = ['grant', ...asOwner, ...as('rosa'), '--to', 'lindqvist.rec', 'scan.grants', '-o']
    await there.run([...grant, 'two.grants'])
    await there.run([...grant, 'beside.grants'])
    const known = ['--known', 'seen']
    expect(await gets(there, 'okafor', 'two.grants', ...known)).toBe(true)
    expect(await gets(there, 'okafor', 'scan.grants', ...known)).toBe('grants/older')
    expect(await gets(there, 'okafor', 'beside.grants', ...known)).toBe('grants/forked')
    expect(await gets(there, 'okafor', 'scan.grants')).toBe(true)
    const [name = ''] = files(there).filter(file => /^seen\/key-/.test(file))
    writeFileSync(join(there.cwd, name), '{"v":1}')
    expect(await gets(there, 'okafor', 'two.grants', ...known)).toBe('cli/known-damaged')
    writeFileSync(join(there.cwd, 'file'), '')
    expect(await gets(there, 'okafor', 'two.grants', '--known', 'file')).toBe('usage')
  })

  it('gives out a record in its time only', async () => {
    const there = await place()
    const put = [
      'put',
      ...inStore,
      ...asOwner,
      ...as('rosa'),
      'scan.dcm',
      '-o',
      's.grants',
      '--force',
      '--purpose',
      'TREAT',
    ]
    await there.run([...put, '--from', '2026-07-15T12:00:01Z'])
    expect(await gets(there, 'rosa', 's.grants')).toBe('grants/not-yet')
    await there.run([...put, '--until', '2026-07-15T11:59:59Z'])
    expect(await gets(there, 'rosa', 's.grants')).toBe('grants/expired')
    await there.run([...put, '--from', '2026-07-15T12:00:00Z', '--until', '2026-07-15T13:00:00+01:00'])
    expect(await gets(there, 'rosa', 's.grants')).toBe(true)
    expect((await there.run(['inspect', 's.grants'])).stdout).toContain('Purposes    TREAT')
    expect(await there.run([...put, '--until', 'tomorrow'])).toMatchObject({ exitCode: 2 })
  })
})

describe('chartseal envelope inspect, capability and verify', () => {
  it('needs no key, and says whose signature a list has', async () => {
    const there = await shared('okafor', 'lindqvist')
    const told = await there.run(['inspect', 'scan.grants'])
    for (const part of [there.kid, 'version 1', '3, not named: 2 x25519, 1 xwing'])
      expect(told.stdout).toContain(part)
    expect(await there.json(['inspect', 'scan.grants'])).toMatchObject({
      seq: '1',
      recipients: 3,
      previous_cid: null,
    })
    const bytes = Buffer.from(there.read('scan.grants'))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    writeFileSync(join(there.cwd, 'forged.grants'), bytes)
    expect(codeIn(await there.run(['inspect', 'forged.grants']))).toBe('grants/bad-signature')
    expect(codeIn(await there.run(['inspect'], { stdin: 'x' }))).toBe('grants/malformed')
  })

  it('lets whoever has a capability check, read or grant', async () => {
    const there = await shared('okafor')
    const trust = [...as('okafor'), '--owner', there.kid, 'scan.grants']
    await there.run(['capability', '--kind', 'verify', 'scan.grants', '-o', 'v'])
    expect((await there.run(['capability', '--kind', 'read', ...trust, '-o', 'r'])).exitCode).toBe(0)
    expect(
      (await there.run(['capability', '--kind', 'grant', ...asOwner, ...trust, '-o', 'g'])).exitCode,
    ).toBe(0)
    for (const file of ['r', 'g']) expect(mode(there.cwd, file)).toBe(0o600)
    for (const args of [['--capability', 'v'], ['scan.grants'], ['--capability', 'v', 'scan.grants']])
      expect((await there.run(['verify', ...inStore, ...args])).stdout).toMatch(/^Whole: bafy/)
    for (const file of ['r', 'g']) {
      expect(
        (await there.run(['get', ...inStore, '--capability', file, '-o', 'got', '--force'])).exitCode,
      ).toBe(0)
      expect(Buffer.from(there.read('got')).equals(record)).toBe(true)
    }
    const grant = ['grant', '--capability', 'g', '--to', 'lindqvist.rec', 'scan.grants', '-o', 'two.grants']
    expect((await there.run(grant)).exitCode).toBe(0)
    expect(await gets(there, 'lindqvist', 'two.grants')).toBe(true)
    expect(codeIn(await there.run(['get', ...inStore, '--capability', 'v']))).toBe('capability/malformed')
  })

  it('notices a store that is not whole, and a capability for something else', async () => {
    const there = await shared('okafor')
    await there.run(['put', ...inStore, ...asOwner, ...as('rosa'), '-o', 'b.grants'], { stdin: 'another' })
    await there.run(['capability', '--kind', 'verify', 'b.grants', '-o', 'v'])
    expect(codeIn(await there.run(['verify', ...inStore, '--capability', 'v', 'scan.grants']))).toBe(
      'capability/other-payload',
    )
    for (const name of files(there)
      .filter(file => file.endsWith('.data'))
      .slice(0, 2))
      rmSync(join(there.cwd, name))
    const both = await Promise.all(
      ['scan', 'b'].map(name => there.run(['verify', ...inStore, `${name}.grants`])),
    )
    expect(both.map(ran => ran.exitCode)).toContain(1)
  })
})

describe('wrong use of chartseal envelope', () => {
  const put = ['put', ...inStore, ...asOwner]
  it.each([
    ['nobody to share with', [...put, 'scan.dcm', '-o', 'x'], 2],
    ['no place for the list', [...put, ...as('rosa'), 'scan.dcm'], 2],
    ['no owner', ['put', ...inStore, ...as('rosa'), 'scan.dcm', '-o', 'x'], 2],
    ['two owners', [...put, '--ring', 'r', ...as('rosa'), 'scan.dcm', '-o', 'x'], 2],
    ['two identities', [...put, ...as('rosa'), '--identity-command', 'x', 'scan.dcm', '-o', 'x'], 2],
    ['a secret key to share with', [...put, '--to', 'csid1qqqq', 'scan.dcm', '-o', 'x'], 2],
    ['a recipient that is mistyped', [...put, '--to', 'csrec1qqqq', 'scan.dcm', '-o', 'x'], 1],
    ['a folder as a record', [...put, ...as('rosa'), '.', '-o', 'x'], 2],
    ['no record', [...put, ...as('rosa'), 'nothing', '-o', 'x'], 2],
    [
      'a store that is a file',
      ['put', '--store', 'scan.dcm', ...asOwner, ...as('rosa'), 'scan.dcm', '-o', 'x'],
      2,
    ],
    [
      'a range that ends before it begins',
      ['get', ...inStore, ...as('rosa'), '--range', '9-3', 'scan.grants'],
      2,
    ],
    [
      'a range behind the end',
      ['get', ...inStore, ...as('rosa'), '--any-owner', '--range', '9999999-', 'scan.grants'],
      2,
    ],
    ['neither list nor capability', ['get', ...inStore, ...as('rosa')], 2],
    ['a secret capability on the screen', ['capability', '--kind', 'read', ...as('rosa'), 'scan.grants'], 2],
    [
      'a capability to grant without the key',
      ['capability', '--kind', 'grant', ...as('rosa'), '--any-owner', 'scan.grants', '-o', 'x'],
      2,
    ],
    [
      'an identity that is no identity',
      ['get', ...inStore, '--identity', 'scan.dcm', '--any-owner', 'scan.grants'],
      1,
    ],
    ['nobody to grant to', ['grant', ...asOwner, ...as('rosa'), 'scan.grants', '-o', 'x'], 2],
    [
      'somebody who has it already',
      ['grant', ...asOwner, ...as('rosa'), '--to', 'rosa.rec', 'scan.grants', '-o', 'x'],
      2,
    ],
    ['a list as a record of version 1', ['inspect', '--v1', 'scan.grants'], 1],
    ['nothing to verify', ['verify', ...inStore], 2],
  ])('%s', async (_, args, exitCode) => {
    const there = await shared()
    const before = blocks(there)
    expect(await there.run(args)).toMatchObject({ exitCode, stdout: '' })
    expect(files(there)).not.toContain('x')
    expect(blocks(there)).toBe(before)
  })

  it('takes what stands behind -- for names', async () => {
    const there = await shared()
    const ran = await there.run(['inspect', '--', '--v1'])
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cannot read --v1') })
  })
})
