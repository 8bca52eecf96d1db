import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run as runLine } from '../dist/run.js'
import { cli, noonMs, Sink, worldIo } from './cli.js'
import { clinic, minerHash, patientHash } from './ledger-v1-world.js'

describe('chartseal ledger v1 keygen', () => {
  it('writes a key that its owner alone can read, and never over another', async () => {
    const { cwd, run, json } = await clinic()
    expect(readFileSync(join(cwd, 'doctor.pem'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(statSync(join(cwd, 'doctor.pem')).mode & 0o777).toBe(0o600)
    expect(await run('keygen --out doctor.pem')).toMatchObject({ exitCode: 2 })
    const answer = await json('keygen --out doctor.pem --force')
    expect(answer).toEqual({
      dr_hash: expect.stringMatching(/^[0-9a-f]{40}$/),
      dr_public_key: expect.stringMatching(/^[0-9a-f]{176}$/),
      file: 'doctor.pem',
    })
  })

  it('prints it where it is told to', async () => {
    const { run, json } = await clinic()
    const { stdout } = await run('keygen --out -')
    expect(stdout).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^:]*-----END PRIVATE KEY-----\n$/)
    expect((await run('keygen')).stdout).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(await json('keygen')).toHaveProperty('doctor_private_key_pem')
  })
})

describe('chartseal ledger v1 prescribe', () => {
  it('signs the text of a file or of stdin, without its line end', async () => {
    const { cwd, json } = await clinic()
    writeFileSync(join(cwd, 'rx.txt'), 'Ácido fólico 5 mg\n')
    const args = `prescribe --key-file doctor.pem --patient ${patientHash} --nonce 1`
    const record = await json(`${args} rx.txt`)
    expect(record).toMatchObject({
      prescription: 'Ácido fólico 5 mg',
      nonce: '1',
      patient_hash: patientHash,
    })
    expect(await json(args, { stdin: 'Ácido fólico 5 mg' })).toEqual(record)
    const env = { CHARTSEAL_DOCTOR_KEY: readFileSync(join(cwd, 'doctor.pem'), 'utf8') }
    expect(await json(`prescribe --patient ${patientHash} --nonce 1 rx.txt`, { env })).toEqual(record)
  })

  it('hashes the key of the patient', async () => {
    const { cwd, json } = await clinic()
    writeFileSync(join(cwd, 'patient.pub'), "Patient's Public Key")
    const args = 'prescribe --key-file doctor.pem --patient-key-file patient.pub --nonce 1'
    expect(await json(args, { stdin: 'x' })).toMatchObject({
      patient_hash: patientHash,
    })
  })

  it('refuses a text over 200 bytes by name', async () => {
    const { prescribe } = await clinic()
    const refused = await prescribe('rx.json', 1, 'x'.repeat(201))
    expect(refused).toMatchObject({ exitCode: 1 })
    expect(refused.stderr).toContain('(ledger/prescription)')
  })

  it.each([
    'prescribe --key-file doctor.pem --nonce 1',
    `prescribe --key-file doctor.pem --patient ${patientHash}`,
    `prescribe --key-file doctor.pem --patient ${patientHash} --nonce one`,
    `prescribe --patient ${patientHash} --nonce 1`,
    `prescribe --key-file nothing.pem --patient ${patientHash} --nonce 1`,
  ])('%s lacks something', async args => {
    const { run } = await clinic()
    expect(await run(args, { stdin: 'x' })).toMatchObject({ exitCode: 2 })
  })
})

describe('what a doctor signs', () => {
  const sign = `prescribe --key-file doctor.pem --patient ${patientHash} --nonce 1`

  it('is the text without the byte order mark of its file', async () => {
    const { json } = await clinic()
    expect(await json(sign, { stdin: '\ufeffMetformin\r\n' })).toMatchObject({ prescription: 'Metformin' })
  })

  it.each(['', '   ', '\ufeff', '\n', '\u200b'])('is not %j', async stdin => {
    const { json, run } = await clinic()
    expect(await json(sign, { stdin })).toMatchObject({ ok: false, code: 'ledger/prescription' })
    expect((await run(sign, { stdin })).stderr).toMatch(/^chartseal: stdin: /)
  })

  it('has each name once: a record with two readings is refused', async () => {
    const { json } = await clinic()
    const record = JSON.stringify(await json(sign, { stdin: 'Rx' }))
    const twice = record.replace('{', '{"prescription":"Ibuprofen 400 mg",')
    expect(await json('verify --previous-nonce 0 -', { stdin: record })).toMatchObject({ verdict: 'accept' })
    expect(await json('verify --previous-nonce 0 -', { stdin: twice })).toMatchObject({
      code: 'json/invalid',
    })
  })
})

describe('a chain file', () => {
  it('grows by mining and appending, and is verified and shown', async () => {
    const { prescribe, grow, run, json } = await clinic()
    for (const nonce of [1, 2, 3]) await prescribe(`rx${nonce}.json`, nonce)
    expect(await grow('rx1.json rx2.json')).toMatchObject({ exitCode: 0 })
    expect(await grow('rx3.json')).toMatchObject({ exitCode: 0 })
    expect(await grow('')).toMatchObject({ stdout: 'Block 2 is in the chain, with 0 records.\n' })
    const { stdout } = await run('verify --chain ledger.log --expect-difficulty 50')
    expect(stdout).toMatch(/^3 blocks of 1 doctors are valid, tip [0-9a-f]{64}\.\n$/)
    const { blocks } = await json('show --chain ledger.log --from 1')
    expect(blocks).toMatchObject([
      { height: '1', miner: minerHash, timestamp: `${noonMs / 1_000}`, records: [{ nonce: '3' }] },
      { height: '2', records: [] },
    ])
    expect((await run('show --chain ledger.log')).stdout).toContain('nonce 3, for patient 2083cf26…: "Rx 3"')
  })

  it('gives the nonce that comes next, to sign and to verify', async () => {
    const { prescribe, grow, run, json } = await clinic()
    await prescribe('rx1.json', 1)
    await grow('rx1.json')
    const args = `prescribe --key-file doctor.pem --patient ${patientHash} --chain ledger.log --out rx2.json`
    await run(args, { stdin: 'second' })
    const verified = await run('verify rx2.json --chain ledger.log')
    expect(verified.stdout).toMatch(/^The record is valid: nonce 2 of doctor [0-9a-f]{40}\.\n$/)
    expect(await json('verify rx2.json --previous-nonce 1')).toMatchObject({ verdict: 'accept' })
    expect(await json('verify rx1.json --chain ledger.log')).toMatchObject({ code: 'ledger/nonce' })
  })

  it('keeps no block that does not stand', async () => {
    const { cwd, prescribe, grow, run, json } = await clinic()
    await prescribe('rx1.json', 1)
    const mine = `mine --chain ledger.log --miner ${minerHash} --difficulty 50 --out block.json rx1.json`
    expect(await run(mine)).toMatchObject({ exitCode: 0, stdout: '' })
    const append = 'append --chain ledger.log block.json'
    const strict = `${append} --expect-difficulty 51`
    expect(await json(strict)).toMatchObject({ code: 'ledger/chain' })
    const block = JSON.parse(readFileSync(join(cwd, 'block.json'), 'utf8'))
    const changed = { stdin: JSON.stringify({ ...block, timestamp: '1' }) }
    expect((await run('append --chain ledger.log', changed)).stderr).toContain('(ledger/chain)')
    expect(await json(append)).toMatchObject({ height: '0', records: 1 })
    expect(await json(append)).toMatchObject({ code: 'ledger/chain' })
    expect(await json(`${mine} --force`)).toMatchObject({ code: 'ledger/block-record' })
    expect(await grow('')).toMatchObject({ exitCode: 0 })
  })

  it('with a torn tail is read as it is, and cut by the next append only', async () => {
    const { cwd, grow, run, json } = await clinic()
    await grow('')
    const file = join(cwd, 'ledger.log')
    appendFileSync(file, new Uint8Array(5))
    const before = readFileSync(file)
    const verified = await run('verify --chain ledger.log')
    expect(verified).toMatchObject({ exitCode: 1, stderr: '' })
    expect(verified.stdout).toMatch(
      /^1 blocks of 0 doctors are valid, tip .*\nThe last 5 bytes are an incomplete block/,
    )
    expect(await json('verify --chain ledger.log')).toMatchObject({
      verdict: 'incomplete',
      incomplete_bytes: 5,
    })
    expect((await run('show --chain ledger.log')).stderr).toBe(
      'The last 5 bytes of the file are an incomplete block.\n',
    )
    expect(readFileSync(file)).toEqual(before)
    expect((await grow('')).stderr).toContain('5 bytes of an interrupted write were cut.')
    expect(await run('verify --chain ledger.log')).toMatchObject({ exitCode: 0 })
  })

  it('is verified and shown by whoever may only read it', async () => {
    const { cwd, grow, run } = await clinic()
    await grow('')
    chmodSync(join(cwd, 'ledger.log'), 0o444)
    chmodSync(cwd, 0o555)
    onTestFinished(() => chmodSync(cwd, 0o755))
    for (const command of ['show', 'verify']) {
      expect(await run(`${command} --chain ledger.log`)).toMatchObject({ exitCode: 0, stderr: '' })
    }
    expect(readdirSync(cwd)).not.toContainEqual(expect.stringContaining('lock'))
  })

  it('is searched for one patient', async () => {
    const { prescribe, grow, run, json } = await clinic()
    await prescribe('rx1.json', 1)
    await grow('rx1.json')
    const found = await json(`show --chain ledger.log --patient ${patientHash}`)
    expect(found).toMatchObject({ records: [{ height: '0', index: 0, record: { nonce: '1' } }] })
    const none = await run(`show --chain ledger.log --patient ${minerHash}`)
    expect(none.stdout).toBe('There are no prescriptions for this patient.\n')
  })

  it('that is not there is an empty one to sign and mine on, and an error to read', async () => {
    const { cwd, run, json } = await clinic()
    for (const command of ['show', 'verify']) {
      expect(await run(`${command} --chain ledger.log`)).toMatchObject({ exitCode: 2 })
    }
    expect(existsSync(join(cwd, 'ledger.log'))).toBe(false)
    const mined = await run(`mine --chain ledger.log --miner ${minerHash} --difficulty 1`)
    expect(JSON.parse(mined.stdout)).toMatchObject({ height: '0' })
    expect(existsSync(join(cwd, 'ledger.log'))).toBe(false)
    const first = await json(`prescribe --key-file doctor.pem --patient ${patientHash} --chain ledger.log`, {
      stdin: 'Rx',
    })
    expect(first).toMatchObject({ nonce: '1' })
    mkdirSync(join(cwd, 'folder'))
    expect((await run('verify --chain folder')).stderr).toContain('cannot read folder: it is a folder')
  })

  it.each([
    'verify',
    'verify --chain ledger.log --previous-nonce 1',
    'verify doctor.pem',
    'mine --chain ledger.log',
    'append',
    'show',
    'mine --chain ledger.log --miner 00 --difficulty -1',
  ])('ledger %s is called wrongly', async args => {
    const { run } = await clinic()
    expect((await run(args)).exitCode).not.toBe(0)
  })
})

describe('what others wrote', () => {
  it('cannot steer the terminal', async () => {
    const { prescribe, grow, run } = await clinic()
    await prescribe('rx1.json', 1, 'a\u001b[2Jb\u009bc\u202ed')
    await grow('rx1.json')
    const { stdout } = await run('show --chain ledger.log')
    expect(stdout).toContain('"a\\u001b[2Jb\\u009bc\\u202ed"')
  })

  it('every command has an example in its help', async () => {
    for (const command of ['keygen', 'prescribe', 'verify', 'mine', 'append', 'show']) {
      const { stdout, exitCode } = await cli(['ledger', 'v1', command, '--help'])
      expect(exitCode).toBe(0)
      expect(stdout).toContain(`chartseal ledger v1 ${command}`)
    }
  })

  it('a bar on a terminal, nothing elsewhere', async () => {
    const { cwd, run } = await clinic()
    const mine = `mine --chain ledger.log --miner ${minerHash} --difficulty 2000`
    expect((await run(mine)).stderr).toBe('')
    const stderr = Object.assign(new Sink(), { isTTY: true, columns: 80 })
    const io = worldIo({ cwd, isTerminal: true }, new Sink(), stderr)
    expect(await runLine(['ledger', 'v1', ...mine.split(' ')], io)).toBe(0)
    expect(stderr.text).toContain('Mining')
  })
})
