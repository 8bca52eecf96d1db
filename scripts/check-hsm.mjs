/**
 * Records opened with an RSA key, and prescriptions signed with an ES256 key, that never leave a token: SoftHSM2 through
 * Debian's pkcs11-tool, which CI installs.
 * Exit 1 for what does not hold, 77 without a token.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { childEnv } from './lib/process.mjs'
import { report } from './lib/report.mjs'
import { onPath, provideToken, tokenEnv } from './lib/token.mjs'
import { root } from './lib/workspace.mjs'

const skipped = 77
const limitMs = 60_000
const [pin, soPin] = ['471147', '815815']
const bin = join(root, 'apps/cli/dist/main.js')
const server = join(root, 'apps/server/dist/main.js')
const record = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i) & 0xff))

/** Runs programs in a folder whose token has two keys. */
function worldIn(folder, path) {
  const env = childEnv({
    ...{ ...tokenEnv(folder), PIN: pin, SO_PIN: soPin, INIT_CWD: folder, NO_COLOR: '1' },
    PATH: onPath(path),
  })
  const run = (program, args) =>
    spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', timeout: limitMs })
  const token = (...args) => run('pkcs11-tool', ['--module', env.PKCS11_MODULE, ...args])
  const inToken = (...args) => token('--token-label', 'records', ...args)
  const chartseal = (...args) => run(process.execPath, [bin, 'envelope', ...args])
  const identity = (key, pinFile = 'pin') =>
    `'${process.execPath}' '${bin}' envelope token --module '${env.PKCS11_MODULE}' --token records --key ${key} --pin-file ${pinFile}`
  const ledger = (...args) => run(process.execPath, [bin, 'ledger', ...args])
  return { folder, env, token, inToken, chartseal, ledger, identity }
}

/** As the guide does it. */
function makeToken({ token, inToken, folder }) {
  token('--init-token', '--slot-index', '0', '--label', 'records', '--so-pin', 'env:SO_PIN')
  inToken('--login', '--login-type', 'so', '--so-pin', 'env:SO_PIN', '--init-pin', '--new-pin', 'env:PIN')
  const user = ['--login', '--pin', 'env:PIN']
  for (const [label, id] of [
    ['alice', '01'],
    ['bob', '02'],
  ])
    inToken(
      ...user,
      '--keypairgen',
      '--key-type',
      'rsa:3072',
      '--label',
      label,
      '--id',
      id,
      '--usage-decrypt',
    )
  writeFileSync(join(folder, 'pin'), `${pin}\n`)
  writeFileSync(join(folder, 'wrong'), '000000\n')
  writeFileSync(join(folder, 'scan.dcm'), record)
}

const get = (name, command) => [
  ...['get', '--store', 'blocks', '--any-owner', '--identity-command', command],
  ...['scan.grants', '-o', name],
]

/** What does not hold. */
function findingsIn(world) {
  const { folder, inToken, chartseal, identity } = world
  const findings = []
  const check = (text, holds) => holds || findings.push(text)
  makeToken(world)
  const keys = inToken('--login', '--pin', 'env:PIN', '--list-objects', '--type', 'privkey').stdout
  check(
    'the token says that its keys were made in it and never leave it',
    /never extractable, local/.test(keys),
  )
  const taken = inToken(
    '--login',
    '--pin',
    'env:PIN',
    '--read-object',
    '--type',
    'privkey',
    '--label',
    'alice',
  )
  check('the private key cannot be read', taken.stdout === '')
  chartseal('keygen', '--out', 'rosa.id', '--owner-key', 'rosa.owner')
  const { stdout: recipient } = chartseal('recipient', '--identity-command', identity('01'))
  check('the recipient is one of an RSA key', /^csrec1qv/.test(recipient))
  const put = ['put', '--store', 'blocks', '--owner-key', 'rosa.owner', '--identity', 'rosa.id']
  const shared = chartseal(...put, '--to', recipient.trim(), 'scan.dcm', '-o', 'scan.grants')
  check(`a record is shared with it: ${shared.stderr}`, shared.status === 0)
  const opened = chartseal(...get('opened', identity('01')))
  check(
    `it opens: ${opened.stderr}`,
    opened.status === 0 && readFileSync(join(folder, 'opened')).equals(record),
  )
  const others = chartseal(...get('others', identity('02')))
  check('another key of the token opens nothing', others.stderr.includes('(open/failed)'))
  const wrong = chartseal(...get('none', identity('01', 'wrong')))
  check(
    `a wrong PIN is named: ${wrong.stderr}`,
    /CKR_PIN_INCORRECT.*cli\/identity-refused/.test(wrong.stderr),
  )
  return findings
}

/** A clinic's server until `work` is done, which gets its address and runs commands of the operator. */
async function withClinic({ folder, env }, work) {
  const data = ['--data', join(folder, 'clinic')]
  const args = [server, 'serve', '--demo', ...data, '--port', '0', '--console', 'off']
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = once(child, 'exit')
  try {
    const url = await Promise.race([addressIn(child), gone.then(() => 'http://none:1')])
    const { port } = new URL(url)
    const operate = (...words) =>
      spawnSync(process.execPath, [server, ...words], {
        ...{ cwd: folder, env, encoding: 'utf8', timeout: limitMs },
      })
    return await work({ url, operate, data, at: ['--port', port] })
  } finally {
    child.kill()
    await gone
  }
}

async function addressIn({ stdout, stderr }) {
  let text = ''
  for (const stream of [stdout, stderr])
    stream.setEncoding('utf8').on('data', part => {
      text += part
    })
  for (;;) {
    await Promise.race([once(stdout, 'data'), once(stderr, 'data')])
    const [, address] = /listening at ([\d.]+:\d+)/.exec(text) ?? []
    if (address !== undefined) return `http://${address}`
  }
}

/** Until the ledger has it: a block later. */
async function rosterWith({ operate, at }, number) {
  for (let times = 0; times < 100; times++) {
    const [, found = '0'] = /^roster +number (\d+)/m.exec(operate('ledger', 'status', ...at).stdout) ?? []
    if (Number(found) >= number) return true
    await delay(200)
  }
  return false
}

/** A prescription whose ES256 key is in the token, in the ledger of a clinic, whose roster has that key. */
async function ledgerFindingsIn(world) {
  const { folder, inToken, ledger, env } = world
  const user = ['--login', '--pin', 'env:PIN']
  const made = [
    '--keypairgen',
    '--key-type',
    'EC:prime256v1',
    '--label',
    'okafor',
    '--id',
    '03',
    '--usage-sign',
  ]
  inToken(...user, ...made)
  inToken('--read-object', '--type', 'pubkey', '--id', '03', '--output-file', 'okafor.der')
  const key = createPublicKey({ key: readFileSync(join(folder, 'okafor.der')), format: 'der', type: 'spki' })
  writeFileSync(join(folder, 'okafor.pem'), key.export({ format: 'pem', type: 'spki' }))
  writeFileSync(join(folder, 'rx.json'), '{"medicine": "Ibuprofen 400 mg", "dosage": "1-0-1"}')
  const sign = `pkcs11-tool --module '${env.PKCS11_MODULE}' --token-label records --login --pin env:PIN --sign --mechanism ECDSA --id 03`
  const signing = ['--sign-with', sign, '--sign-digest', '--public-key', 'okafor.pem', '--yes']
  const order = ['--patient', 'PAT-12345', '--units', '20', '--days', '30', '--slip', 'slip.txt', 'rx.json']
  return withClinic(world, async ({ url, operate, data, at }) => {
    writeFileSync(join(folder, 'doctor.link'), operate('invite', '--role', 'doctor', ...data).stdout, {
      mode: 0o600,
    })
    const joining = ['join', '--server', url, '--desk', 'okafor.desk', '--unsealed']
    const joined = ledger(...joining, '--invitation-file', 'doctor.link')
    const change = ['--key', 'okafor.pem', '--role', 'prescriber', '--name', 'Okafor', '--out', 'roster.json']
    const proposed = operate('ledger', 'roster', 'propose', ...change, ...data, ...at)
    const isThere = await rosterWith({ operate, at }, 3)
    const { stdout, stderr } = ledger('prescribe', '--desk', 'okafor.desk', ...signing, ...order)
    const checked = ledger('verify', '--desk', 'okafor.desk', 'slip.txt')
    return [
      ...(isThere ? [] : [`a clinic's roster takes a key in the token: ${joined.stderr}${proposed.stderr}`]),
      ...(stdout.startsWith('Prescribed.') ? [] : [`a key in the token prescribes: ${stderr}`]),
      ...(/a prescriber, "Okafor"/.test(checked.stdout) ? [] : [`its slip is verified: ${checked.stderr}`]),
    ]
  })
}

const { found, reason } = provideToken()
if (found === null) {
  process.stdout.write(`hsm: skipped: ${reason}\n`)
  process.exitCode = skipped
} else {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-hsm-'))
  try {
    const world = worldIn(folder, found)
    const findings = [...findingsIn(world), ...(await ledgerFindingsIn(world))]
    report('hsm', findings, ['SoftHSM2 through pkcs11-tool, RSA of 3072 bits and P-256'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
