/** Programs of others that keep a key: they need nothing of this project to answer. */
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startIdentityCommand } from '../dist/io/identity-command.js'
import { emptyFolder, Sink, worldIo } from './cli.js'
import { codeIn } from './codes.js'
import { asOwner, inStore, type Place, place, placeIn, record } from './envelope-world.js'

/** RSAES-OAEP with the label, by node:crypto; what it is asked goes to `asked.txt`. */
const program = `
import { createInterface } from 'node:readline'
import { appendFileSync, readFileSync } from 'node:fs'
import { constants, privateDecrypt } from 'node:crypto'
const key = readFileSync('card.pem', 'utf8')
for await (const line of createInterface({ input: process.stdin })) {
  appendFileSync('asked.txt', line + '\\n')
  const { op, info, ct } = JSON.parse(line)
  if (op === 'recipient') console.log(JSON.stringify({ v: 1, recipient: readFileSync('card.rec', 'utf8').trim(), more: 1 }))
  else {
    let found = null
    try {
      const oaepLabel = Buffer.from(info, 'hex')
      const padding = constants.RSA_PKCS1_OAEP_PADDING
      found = privateDecrypt({ key, padding, oaepHash: 'sha256', oaepLabel }, Buffer.from(ct, 'hex')).toString('hex')
    } catch {}
    console.log(JSON.stringify({ v: 1, key: found }))
  }
}`

const node = `'${process.execPath}'`

const kept = mkdtempSync(join(tmpdir(), 'chartseal-card-'))
afterAll(() => rmSync(kept, { recursive: true, force: true }))
let made: Promise<Place> | undefined

/** A card, and a record that is shared with it: made once, and a copy for each case. */
async function withCard(): Promise<Place> {
  made ??= makeCard()
  const { kid } = await made
  const cwd = emptyFolder()
  cpSync(kept, cwd, { recursive: true })
  return placeIn(cwd, kid)
}

async function makeCard(): Promise<Place> {
  const there = await place(kept)
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  for (const [name, text] of [
    ['card.pem', privateKey],
    ['card.pub.pem', publicKey],
    ['card.mjs', program],
  ] as const)
    writeFileSync(join(there.cwd, name), text)
  await there.run(['recipient', '--public-key', 'card.pub.pem', '-o', 'card.rec'])
  const to = ['--to', 'card.rec', '--to', 'okafor.rec']
  await there.run(['put', ...inStore, ...asOwner, ...to, 'scan.dcm', '-o', 'scan.grants'])
  return there
}

const env = { PATH: `${process.env['PATH']}` }

/** What `get` says when this program keeps the key. */
async function getBy(there: Place, command: string, timeout = '60') {
  const by = ['--identity-command', command, '--identity-timeout', timeout, '--any-owner']
  return there.run(['get', ...inStore, ...by, 'scan.grants', '-o', 'got'], { env })
}

describe('an identity command', () => {
  it('opens with a key that Chartseal never has, and is asked for nothing else', async () => {
    const there = await withCard()
    expect(await getBy(there, `${node} card.mjs`)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(Buffer.from(there.read('got')).equals(record)).toBe(true)
    const asked = Buffer.from(there.read('asked.txt'))
      .toString()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(asked.map(request => Object.keys(request))).toEqual([
      ['v', 'op'],
      ['v', 'op', 'kem', 'info', 'enc', 'ct'],
    ])
    expect(asked[1]).toMatchObject({ kem: 'rsa-oaep', enc: '', ct: expect.stringMatching(/^[0-9a-f]{512}$/) })
  })

  it('prints its recipient, and can own a record with it', async () => {
    const there = await withCard()
    const by = ['--identity-command', `${node} card.mjs`]
    const told = await there.run(['recipient', ...by], { env })
    expect(told.stdout).toBe(Buffer.from(there.read('card.rec')).toString())
    const put = ['put', ...inStore, ...asOwner, ...by, 'scan.dcm', '-o', 'own.grants']
    expect((await there.run(put, { env })).exitCode).toBe(0)
    const grant = ['grant', ...asOwner, ...by, '--to', 'lindqvist.rec', 'own.grants', '-o', 'two.grants']
    expect((await there.run(grant, { env })).exitCode).toBe(0)
  })

  it('says null for what is not for it', async () => {
    const there = await withCard()
    await there.run([
      'put',
      ...inStore,
      ...asOwner,
      '--to',
      'okafor.rec',
      'scan.dcm',
      '-o',
      'scan.grants',
      '--force',
    ])
    expect(codeIn(await getBy(there, `${node} card.mjs`))).toBe('open/failed')
  })

  const recipient = `printf '{"v":1,"recipient":"%s"}\\n' "$(cat card.rec)"`
  it.each([
    ['ends before it answers', 'exit 3', 'cli/identity-ended'],
    ['is not there', 'no-such-program', 'cli/identity-ended'],
    ['is killed', 'kill -9 $$', 'cli/identity-ended'],
    ['does not answer', 'sleep 5', 'cli/identity-timeout'],
    ['answers with something else', 'echo hello', 'cli/identity-answer'],
    ['answers with another version', `echo '{"v":2}'`, 'cli/identity-answer'],
    ['answers without a recipient', `echo '{"v":1}'`, 'cli/identity-answer'],
    ['answers with a recipient that is none', `echo '{"v":1,"recipient":"csrec1"}'`, 'cli/identity-answer'],
    ['answers without end', 'yes x | tr -d "\\n"', 'cli/identity-answer'],
    [
      'answers before it is asked',
      `printf '{"v":1,"recipient":"%s"}\\n{"v":1,"key":null}\\n' "$(cat card.rec)"; cat > rest`,
      'cli/identity-answer',
    ],
    ['refuses', `read a; echo '{"v":1,"error":"no card in the reader"}'`, 'cli/identity-refused'],
    ['has no key to give', `read a; ${recipient}; read b; echo '{"v":1}'`, 'cli/identity-answer'],
    [
      'has a key of another length',
      `read a; ${recipient}; read b; echo '{"v":1,"key":"00"}'`,
      'cli/identity-answer',
    ],
    [
      'has another key',
      `read a; ${recipient}; read b; echo '{"v":1,"key":"${'0'.repeat(64)}"}'`,
      'open/failed',
    ],
  ])('is refused when it %s', async (_, command, code) => {
    const there = await withCard()
    const ran = await getBy(there, command, code === 'cli/identity-timeout' ? '1' : '60')
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
    expect(codeIn(ran)).toBe(code)
  })

  it('may speak to the user, and is ended when it stays', async () => {
    const stderr = new Sink()
    const io = { ...worldIo({ env }, new Sink(), stderr) }
    const command = 'echo "Touch the card" >&2; read a; echo \'{"v":1}\'; exec sleep 600'
    const asked = startIdentityCommand(io, { command, timeoutMs: 60_000 })
    await asked.ask({ v: 1, op: 'recipient' })
    await asked.close()
    expect(stderr.text).toBe('Touch the card\n')
  })
})
