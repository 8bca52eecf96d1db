/** `envelope token` over a tool that is not there on every machine: one that does what pkcs11-tool does, and tells how it was called. */
import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRecipient } from '@chartseal/ipfs-envelope'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { readTokenKey } from '../dist/io/hsm.js'
import { cli, emptyFolder, Sink, worldIo } from './cli.js'

const pin = '471147'
const tool = `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs')
const { createPublicKey, privateDecrypt, constants } = require('node:crypto')
const args = process.argv.slice(2)
appendFileSync(__dirname + '/calls.txt', args.join(' ') + '\\n')
const after = name => args[args.indexOf(name) + 1]
const key = readFileSync(__dirname + '/key.pem', 'utf8')
function fail(text) { process.stderr.write(text); process.exit(1) }
if (after('--id') !== '01') fail('error: object not found\\n')
if (args.includes('--read-object')) process.stdout.write(createPublicKey(key).export({ type: 'spki', format: 'der' }))
else {
  const variable = after('--pin').replace('env:', '')
  if (process.env[variable] !== '${pin}') fail('error: PKCS11 function C_Login failed: rv = CKR_PIN_INCORRECT (0xa0)\\n')
  const input = readFileSync(0)
  if (input.length !== 256) fail('error: PKCS11 function C_Decrypt failed: rv = CKR_ENCRYPTED_DATA_LEN_RANGE (0x41)\\n')
  process.stdout.write(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, input))
}
`

interface Token {
  readonly cwd: string
  readonly publicKey: string
  /** The answers to these requests. */
  ask(requests: readonly object[], more?: readonly string[]): Promise<readonly Record<string, unknown>[]>
}

function token(): Token {
  const cwd = emptyFolder()
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  for (const [name, text] of [
    ['tool', tool],
    ['key.pem', privateKey],
    ['pin', `${pin}\n`],
  ] as const)
    writeFileSync(join(cwd, name), text)
  chmodSync(join(cwd, 'tool'), 0o755)
  const base = ['envelope', 'token', '--module', 'm.so', '--token', 'records', '--tool', join(cwd, 'tool')]
  return {
    cwd,
    publicKey,
    async ask(requests, more = ['--key', '01', '--pin-file', 'pin']) {
      const stdin = requests.map(request => `${JSON.stringify(request)}\n`).join('')
      const { stdout, exitCode } = await cli([...base, ...more], { cwd, stdin })
      expect(exitCode).toBe(0)
      return stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    },
  }
}

const info = Buffer.from('label').toString('hex')

function sealed(publicKey: string, message: Uint8Array): string {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const options = { key: publicKey, padding, oaepHash: 'sha256', oaepLabel: Buffer.from('label') }
  return publicEncrypt(options, message).toString('hex')
}

const unwrap = (ct: string, more: object = {}): object => ({
  v: 1,
  op: 'unwrap',
  kem: 'rsa-oaep',
  info,
  enc: '',
  ct,
  ...more,
})

describe('chartseal envelope token', () => {
  it('gives the recipient and unwraps, with the PIN in no argument', async () => {
    const there = token()
    const key = new Uint8Array(32).fill(7)
    const answers = await there.ask([{ v: 1, op: 'recipient' }, unwrap(sealed(there.publicKey, key))])
    expect(answers).toEqual([
      { v: 1, recipient: expect.stringMatching(/^csrec1/) },
      { v: 1, key: '07'.repeat(32) },
    ])
    expect((await parseRecipient(`${answers[0]?.['recipient']}`)).kem).toBe('rsa-oaep')
    const calls = readFileSync(join(there.cwd, 'calls.txt'), 'utf8')
    expect(calls).toContain('--mechanism RSA-X-509')
    expect(calls).not.toContain(pin)
  })

  it('says null, and no more, for whatever does not open', async () => {
    const there = token()
    const good = sealed(there.publicKey, new Uint8Array(32))
    const bad = [
      unwrap(`${good.slice(0, -2)}00`),
      unwrap(good, { info: '00' }),
      unwrap('00'),
      unwrap(good, { enc: '00' }),
      unwrap(good, { kem: 'x25519' }),
      unwrap(sealed(there.publicKey, new Uint8Array(31))),
    ]
    for (const answer of await there.ask(bad)) expect(answer).toEqual({ v: 1, key: null })
  })

  it('says why it cannot, and goes on', async () => {
    const there = token()
    writeFileSync(join(there.cwd, 'bad'), '0000\n')
    const ct = sealed(there.publicKey, new Uint8Array(32))
    const wrong = await there.ask(
      [unwrap(ct), { v: 1, op: 'sign' }, { op: 'unwrap' }],
      ['--key', '01', '--pin-file', 'bad'],
    )
    expect(wrong).toEqual([
      { v: 1, error: 'The token refuses: CKR_PIN_INCORRECT.' },
      { v: 1, error: expect.stringContaining('recipient and unwrap') },
      { v: 1, error: expect.stringContaining('kem') },
    ])
    expect(await there.ask([{ v: 1, op: 'recipient' }], ['--key', '02'])).toEqual([
      { v: 1, error: 'The token refuses: object not found.' },
    ])
    expect(await there.ask([unwrap(ct)], ['--key', '01'])).toEqual([
      { v: 1, error: expect.stringContaining('--pin-file FILE or set CHARTSEAL_PIN') },
    ])
    const none = ['--key', '01', '--tool', '/no/such/tool']
    expect(await there.ask([{ v: 1, op: 'recipient' }], none)).toEqual([
      { v: 1, error: expect.stringContaining('install OpenSC') },
    ])
  })

  it('is refused with a code', async () => {
    const { cwd } = token()
    const io = worldIo({ cwd }, new Sink(), new Sink())
    const place = { module: 'm.so', token: 'records', key: '02', tool: join(cwd, 'tool') }
    expect(await codeOf(() => readTokenKey(io, place))).toBe('cli/token-refused')
  })

  it('is not for people', async () => {
    const args = ['envelope', 'token', '--module', 'm', '--token', 't', '--key', 'k']
    expect(await cli(args, { isTerminal: true })).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
