import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicKeyIn } from '@chartseal/clinic/fs/public-key'
import { encodeCbor } from '@chartseal/core/encoding'
import { openLog } from '@chartseal/core/files'
import { systemClock } from '@chartseal/core/system'
import { chainLogKind } from '@chartseal/emr-ledger/v1'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { decodeHeaders, decodeList } from '../dist/io/ledger/node/lists.js'
import { signatureIn } from '../dist/io/ledger/signature.js'
import { cli } from './cli.js'
import { codeIn } from './codes.js'
import { clinic } from './ledger-v1-world.js'
import { begun, commandsIn, runNode, tokenProgram, valley } from './ledger-world.js'

describe('chartseal ledger prove and verify', () => {
  it('show how a prescription stands, and refuse a proof with one other byte', async () => {
    const { run, json, prescribed, node, cwd } = await valley()
    const txid = await prescribed(3)
    const proven = await json(`prove --server ${node.url} --out rx.proof --genesis-out genesis.cbor ${txid}`)
    const said = {
      prescription: txid,
      status: 'ready',
      quantity: 3,
      seal: 'pow',
      finality: 'reversible',
      depth: 0,
    }
    expect(proven).toMatchObject({ ...said, height: '1' })
    expect(await json('verify --genesis genesis.cbor rx.proof')).toMatchObject({ kind: 'proof', ...said })
    const words = (await run('verify --desk doctor.desk rx.proof')).stdout
    expect(words).toContain('ready, 0 of 3 dispensed')
    expect(words).toContain('reversible: proof of work, 0 blocks stand on it')
    const bytes = readFileSync(join(cwd, 'rx.proof'))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40)
    writeFileSync(join(cwd, 'other.proof'), bytes)
    expect(codeIn(await run('verify --genesis genesis.cbor other.proof'))).toMatch(/^ledger\//)
  })

  it('say what a slip alone proves, and that it does not prove the rest', async () => {
    const { run, json, prescribed } = await valley()
    await prescribed(3)
    expect(await json('verify --genesis node/genesis.cbor slip.txt')).toMatchObject({
      ...{ kind: 'slip', is_signed: true, quantity: 3 },
    })
    expect((await run('verify --genesis node/genesis.cbor slip.txt')).stdout).toContain('Not proven')
    await run('node init --folder other --member registrar:Board:board.jwk')
    const unknown = await run('verify --genesis other/genesis.cbor slip.txt')
    expect(unknown).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('not verified') })
  })

  it('judge a whole file of blocks anew', async () => {
    const { run, json, prescribed, node, cwd } = await valley()
    const txid = await prescribed(3)
    await node.stop()
    const files = '--blocks node/blocks.log --genesis node/genesis.cbor'
    expect(await json('verify --genesis node/genesis.cbor node/blocks.log')).toMatchObject({
      ...{ kind: 'blocks', blocks: 1, height: '1', seal: 'pow', final_height: '0' },
    })
    expect((await run(`explore ${files} --count 1`)).stdout).toMatch(/^Block 1, .*\n {2}prescribe 3/)
    expect((await run(`show ${files} ${txid}`)).stdout).toContain('ready, 0 of 3 dispensed')
    expect((await run(`show ${files}`)).stdout).toContain('Seal     pow')
    expect(codeIn(await run(`show ${files} ${'0'.repeat(64)}`))).toBe('ledger-node/missing')
    await run('node init --folder other --member registrar:Board:board.jwk')
    const other = await run('verify --genesis other/genesis.cbor node/blocks.log')
    expect(codeIn(other)).toBe('ledger/other-ledger')
    expect(other.stderr).toContain('node/blocks.log, block 1: ')
    writeFileSync(join(cwd, 'note.txt'), 'Take one a day.')
    expect(codeIn(await run('verify --genesis node/genesis.cbor note.txt'))).toBe('cli/not-a-proof')
    expect(await run('verify note.txt')).toMatchObject({ exitCode: 2 })
  })
})

describe('chartseal ledger node', () => {
  it('takes what another one has, and knows it again after a restart', async () => {
    const { run, json, prescribed, node, cwd } = await valley()
    const txid = await prescribed(3)
    expect(await run('node init --folder other --genesis node/genesis.cbor')).toMatchObject({ exitCode: 0 })
    const other = await runNode(cwd, 'other', '--no-mine', '--peer', node.url)
    const seen = (url: string) => json(`show --server ${url} ${txid}`)
    await expect.poll(() => seen(other.url)).toMatchObject({ state: 'sealed', height: 1 })
    expect(await other.stop()).toBe(0)
    const again = await runNode(cwd, 'other', '--no-mine')
    expect(await seen(again.url)).toMatchObject({ state: 'sealed', height: 1 })
  })

  it('keeps what waits over its end, and mines it without being served', async () => {
    const { run, json, node, cwd } = await valley()
    await node.stop()
    const idle = await runNode(cwd, 'node', '--no-mine', '--depth', '0')
    await run(`join --server ${idle.url} --desk late.desk --key doctor.key --unsealed`)
    const order =
      'prescribe --desk late.desk --depth 0 --yes --wait 0 --patient PAT-1 --units 1 --days 30 form.json'
    const { txid } = await json(order)
    await idle.stop()
    const again = await runNode(cwd, 'node', '--no-mine', '--depth', '0')
    expect(await json(`show --server ${again.url} ${txid}`)).toMatchObject({ state: 'pending' })
    await again.stop()
    writeFileSync(join(cwd, 'node/waiting', 'f'.repeat(64)), 'no record')
    expect(await json('mine --folder node --workers 1')).toMatchObject({ blocks: [{ height: 1 }] })
    expect((await run('mine --folder node')).stdout).toBe('Nothing waits to be mined.\n')
    expect(readdirSync(join(cwd, 'node/waiting'))).toEqual(['f'.repeat(64)])
    const files = '--blocks node/blocks.log --genesis node/genesis.cbor'
    expect(await json(`show ${files} ${txid}`)).toMatchObject({ state: 'sealed', height: 1 })
    expect(await run('mine --folder missing')).toMatchObject({ exitCode: 2 })
  })

  it('takes no dispensing unless a depth is named, as nothing there is final', async () => {
    const { run, prescribed, node, cwd } = await valley()
    await prescribed(1)
    await node.stop()
    const strict = await runNode(cwd, 'node')
    await run(`join --server ${strict.url} --desk north.desk --key pharmacy.key --unsealed`)
    const ran = await run('dispense --desk north.desk --depth 0 --yes --units 1 slip.txt')
    expect(ran.stderr).toContain('ledger/no-finality')
    expect(codeIn(ran)).toBe('cli/record-refused')
  })

  it('begins no ledger whose roster nobody can change', async () => {
    const { run } = await begun()
    const ran = await run('node init --folder other --member prescriber:Okafor:doctor.jwk')
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('registrar') })
    expect(await run('node init --folder other --member sealer')).toMatchObject({ exitCode: 2 })
    expect(await run('node run --folder missing')).toMatchObject({ exitCode: 2 })
  })

  it('refuses lists of another node that are none', async () => {
    expect(await codeOf(() => decodeList(encodeCbor({})))).toBe('cli/peer')
    expect(await codeOf(() => decodeHeaders(encodeCbor([Uint8Array.of(1)])))).toBe('cli/peer')
  })
})

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()

describe('a chain of version 1', () => {
  it('is what a ledger of version 2 follows, whose genesis has its tip, and which others follow not', async () => {
    const { prescribe, grow, cwd } = await clinic()
    await prescribe('rx1.json', 1)
    await grow('rx1.json')
    const v2 = commandsIn(cwd)
    const archive = await v2.run('verify --v1 --chain ledger.log')
    const [, tip] = /tip ([0-9a-f]{64})/.exec(archive.stdout) ?? []
    await v2.run('keygen --out board.key --public-key board.jwk')
    const init = 'node init --member registrar:Board:board.jwk --folder'
    expect(await v2.run(`${init} after --after ledger.log`)).toMatchObject({ exitCode: 0 })
    const verify = 'verify --genesis after/genesis.cbor ledger.log'
    expect(await v2.json(verify)).toMatchObject({ kind: 'archive', height: '0', block_id: tip })
    await v2.run(`${init} alone`)
    expect(codeIn(await v2.run(verify.replace('after', 'alone')))).toBe('cli/other-archive')
    await grow('')
    expect(codeIn(await v2.run(verify))).toBe('cli/other-archive')
    const none = await v2.run(`${init} none --after missing.log`)
    expect(none.exitCode).toBe(2)
    await (await openLog(join(cwd, 'empty.log'), { kind: chainLogKind })).close()
    expect(codeIn(await v2.run(`${init} empty --after empty.log`))).toBe('cli/empty-archive')
    expect(readdirSync(cwd)).not.toContain('empty')
  })
})

describe('--sign-with', () => {
  it.each(['ieee-p1363', 'der'])('takes what another program signs by ES256, as %s', async form => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { run, json, cwd } = await begunWith(privateKey, publicKey)
    const signing = ['--sign-with', `"${process.execPath}" token.cjs ${form}`, '--public-key', 'token.pub']
    const args = `prescribe --desk doctor.desk --depth 0 --yes --patient PAT-1 --units 1 --days 1 form.json`
    const node = await runNode(cwd, 'node', '--depth', '0')
    await run(`join --server ${node.url} --desk doctor.desk --unsealed`)
    const ran = await cli(['ledger', ...args.split(' '), ...signing], { cwd, clock: systemClock })
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Prescribed.') })
    expect(await json(`deliver --desk doctor.desk --depth 0 --public-key token.pub`)).toMatchObject({
      records: [{ kind: 'prescribe', stage: 'final' }],
    })
  })

  it('names a command that fails, what is no signature, and one of another key', async () => {
    const { run, cwd } = await valley()
    writeFileSync(join(cwd, 'other.sig'), new Uint8Array(64))
    const order = 'prescribe --desk doctor.desk --depth 0 --yes --patient PAT-1 --units 1 --days 1'
    const by = (command: string) => run(`${order} --public-key doctor.jwk --sign-with ${command} form.json`)
    expect(codeIn(await by('false'))).toBe('cli/signer-ended')
    expect(codeIn(await by('true'))).toBe('cli/signature-form')
    expect(codeIn(await by('cat'))).toBe('cli/signature-form')
    expect(codeIn(await by('cat<other.sig'))).toBe('ledger/signature')
    expect(await run(`${order} --sign-with cat form.json`)).toMatchObject({ exitCode: 2 })
  })
})

describe('the public key of a signer', () => {
  const spki = (namedCurve: string): string => pem(generateKeyPairSync('ec', { namedCurve }).publicKey)

  it.each([
    ['P-256', 'ES256'],
    ['secp256k1', 'ES256K'],
  ])('is read on %s', (curve, algorithm) => {
    expect(publicKeyIn(spki(curve)).algorithm).toBe(algorithm)
  })

  it('is read of Ed25519', () => {
    expect(publicKeyIn(pem(generateKeyPairSync('ed25519').publicKey)).algorithm).toBe('Ed25519')
  })

  it('is none of a private key, of another curve, or of something else', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const texts = [
      key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      spki('P-384'),
      'x',
      '{"kty":"EC"}',
    ]
    for (const text of texts) expect(await codeOf(() => publicKeyIn(text))).toBe('member-key/unreadable')
  })
})

describe('a signature in DER', () => {
  it('gives both numbers the length of their place', () => {
    const der = Uint8Array.of(0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x05)
    const signature = signatureIn(der)
    expect([signature.length, signature[31], signature[63]]).toEqual([64, 0x80, 5])
  })

  it.each([
    ['one number', [0x30, 0x03, 0x02, 0x01, 0x05]],
    ['more behind it', [0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x05, 0x00]],
    ['other elements', [0x30, 0x06, 0x04, 0x01, 0x05, 0x04, 0x01, 0x05]],
    ['a number that is too long', [0x30, 0x26, 0x02, 0x21, ...new Array(33).fill(1), 0x02, 0x01, 0x05]],
  ])('is none with %s', async (_, bytes) => {
    expect(await codeOf(() => signatureIn(Uint8Array.from(bytes)))).toBe('cli/signature-form')
  })
})

/** The key of a token is the prescriber's. */
async function begunWith(privateKey: KeyObject, publicKey: KeyObject) {
  const commands = await begun()
  const { cwd } = commands
  writeFileSync(join(cwd, 'token.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(join(cwd, 'token.pub'), pem(publicKey))
  writeFileSync(join(cwd, 'token.cjs'), tokenProgram)
  rmSync(join(cwd, 'node'), { recursive: true })
  await commands.run(
    'node init --folder node --difficulty 1 --member registrar:Board:board.jwk --member prescriber:Token:token.pub',
  )
  return commands
}
