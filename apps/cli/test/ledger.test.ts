import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock as clock } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { cli } from './cli.js'
import { codeIn } from './codes.js'
import { begun, runNode, valley } from './ledger-world.js'

const request = {
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: { text: 'Ibuprofen 400 mg' },
  subject: { identifier: { value: 'PAT-1' } },
  dosageInstruction: [{ text: '1-0-1' }],
  dispenseRequest: { validityPeriod: { end: '2099-01-01T00:00:00Z' }, quantity: { value: 20 } },
}

const dispense = 'dispense --desk pharmacy.desk --depth 0 --yes'

describe('chartseal ledger prescribe, dispense and cancel', () => {
  it('give out each unit once', async () => {
    const { run, json, prescribed } = await valley()
    const prescription = await prescribed(20)
    expect(await json('dispense --desk pharmacy.desk --depth 0 slip.txt')).toMatchObject({
      ...{ verdict: 'ready', left: 20, of: 20, medicine: 'Ibuprofen 400 mg', patient: 'PAT-1' },
      ...{ signed_by: 'Okafor', is_signed: true, prescription },
    })
    expect(await json(`${dispense} --units 5 slip.txt`)).toMatchObject({ state: 'final', left: 15 })
    const tooMany = await run(`${dispense} --units 16 slip.txt`)
    expect(codeIn(tooMany)).toBe('prescription/too-many-units')
    expect(await json(`show --desk doctor.desk ${prescription}`)).toMatchObject({
      state: 'sealed',
      prescription: { status: 'partly', dispensed: 5, quantity: 20 },
    })
    expect(await run(`cancel --desk doctor.desk --depth 0 --yes ${prescription}`)).toMatchObject({
      exitCode: 0,
    })
    const after = await run('dispense --desk pharmacy.desk --depth 0 slip.txt')
    expect(after).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('cancelled, 15 of 20 left') })
    expect(codeIn(await run(`${dispense} --units 1 slip.txt`))).toBe('prescription/not-dispensable')
    const { records } = await json('deliver --desk doctor.desk --depth 0')
    expect(records).toMatchObject([
      { kind: 'prescribe', seq: '1', stage: 'final' },
      { kind: 'cancel', seq: '2', stage: 'final' },
    ])
  })

  it('take the slip of what was prescribed in its place', async () => {
    const { run, json, prescribed, cwd } = await valley()
    const first = await prescribed(2)
    writeFileSync(join(cwd, 'old.txt'), readFileSync(join(cwd, 'slip.txt')))
    const order = '--patient PAT-1 --units 3 --days 30 --slip new.txt'
    const replaced = await json(`replace --desk doctor.desk --depth 0 --yes ${order} ${first} form.json`)
    const old = await json('dispense --desk pharmacy.desk --depth 0 old.txt')
    expect(old).toMatchObject({ verdict: 'replaced', replaced_by: replaced['txid'] })
    expect((await run('dispense --desk pharmacy.desk --depth 0 old.txt')).stdout).toContain('in its place: ')
    // As it came by mail, with the old one below it: which of them, nobody guesses.
    const [newer = '', older = ''] = ['new.txt', 'old.txt'].map(file => readFileSync(join(cwd, file), 'utf8'))
    writeFileSync(join(cwd, 'both.txt'), `${newer}\n> ${older}`)
    expect(await run(`${dispense} --units 3 both.txt`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('both.txt has 2 slips'),
    })
    writeFileSync(join(cwd, 'mail.txt'), `Hello,\r\n\r\n> ${newer.trimEnd()}  \r\nRosa`)
    expect((await run(`${dispense} --units 3 mail.txt`)).stdout).toContain('hand them over. 0 are left')
  })

  it('say not final yet where no depth is named', async () => {
    const { run, prescribed } = await valley()
    await prescribed(1)
    const judged = await run('dispense --desk pharmacy.desk slip.txt')
    expect(judged).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('not final yet') })
  })

  it('wait no longer than they are told, and deliver the same bytes later', async () => {
    const { run, json, node, cwd } = await valley()
    await node.stop()
    const idle = await runNode(cwd, 'node', '--no-mine', '--depth', '0')
    await run(`join --server ${idle.url} --desk late.desk --key doctor.key --unsealed`)
    renameSync(join(cwd, 'late.desk'), join(cwd, 'a desk'))
    const order = ['--patient', 'PAT-1', '--units', '1', '--days', '30', 'form.json']
    const sent = await cli(['ledger', 'prescribe', '--desk', 'a desk', '--yes', '--wait', '0', ...order], {
      cwd,
      clock,
    })
    expect(sent).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('is not final yet') })
    expect(sent.stdout).toContain("Then: chartseal ledger deliver --desk 'a desk'\n")
    expect(sent.stderr).toContain('nothing is final without --depth')
    renameSync(join(cwd, 'a desk'), join(cwd, 'late.desk'))
    expect((await run(`explore --server ${idle.url}`)).stdout).toMatch(/^Pending\n {2}prescribe 1/)
    const [{ txid = '' } = {}] = Object.values(await json('deliver --desk late.desk')).flat() as {
      txid?: string
    }[]
    expect(codeIn(await run(`slip --desk late.desk ${txid}`))).toBe('prescription/not-issued')
  })
})

describe('what is signed', () => {
  it('is shown, and signed once a person says so', async () => {
    const { run, cwd } = await valley()
    const order = 'prescribe --desk doctor.desk --depth 0 --patient PAT-1 --units 1 --days 30 form.json'
    const unasked = await run(order)
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('give --yes') })
    const refused = await run(order, { isTerminal: true, typed: 'no' })
    expect(refused).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('I prescribe.') })
    const agreed = await run(`${order} --language es`, { isTerminal: true, typed: 'sign' })
    expect(agreed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Ibuprofen 400 mg') })
    expect(statSync(join(cwd, 'doctor.desk')).mode & 0o777).toBe(0o600)
  })

  it('may be a text, or a MedicationRequest, which says itself how many and for how long', async () => {
    const { run, json } = await valley()
    const common = 'prescribe --desk doctor.desk --depth 0 --patient PAT-1 --yes'
    const text = await run(`${common} --units 1 --days 1`, { stdin: 'Ibuprofen 400 mg' })
    expect(text).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Ibuprofen 400 mg') })
    expect(await run(common, { stdin: 'Ibuprofen 400 mg' })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('give --units and --days'),
    })
    // FHIR includes the end of a period.
    const order = await json(common, { stdin: JSON.stringify(request) })
    expect(await json(`show --desk doctor.desk ${order['txid']}`)).toMatchObject({
      record: { quantity: 20, valid_until: '4070908801' },
    })
    expect(codeIn(await run(`${common} --units 21`, { stdin: JSON.stringify(request) }))).toBe(
      'prescription/other-terms',
    )
  })

  it('is told of where the same medicine is open, where a file names somebody else, and once destroyed no more', async () => {
    const { run, json, prescribed, cwd } = await valley()
    const first = await prescribed(2)
    const order = 'prescribe --desk doctor.desk --depth 0 --yes --patient PAT-1 --slip two.txt'
    const other = { ...request, subject: { reference: 'Patient/PAT-2', display: 'Ulrich' } }
    const twice = await run(order, { stdin: JSON.stringify(other) })
    expect(twice).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining(`as this desk knows: ${first}`),
    })
    expect(twice.stderr).toContain('names the patient "Ulrich"')
    const judge = 'dispense --desk pharmacy.desk --depth 0'
    const beside = await json(`${judge} --beside two.txt --beside slip.txt slip.txt`)
    expect(beside['duplicates']).toHaveLength(1)

    const shred = `shred --desk doctor.desk ${first}`
    expect(await run(shred)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('give --yes') })
    const asked = await run(shred, { isTerminal: true, typed: 'destroy' })
    expect(asked).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('"Ibuprofen 400 mg" for "PAT-1"'),
    })
    expect((await json(shred))['stays']).toContain('slips-given-out')
    expect(readFileSync(join(cwd, 'doctor.desk')).toString('latin1').split('Ibuprofen')).toHaveLength(2)
    expect(codeIn(await run(`slip --desk doctor.desk ${first}`))).toBe('prescription/shredded')
    const third = await json(
      'prescribe --desk doctor.desk --depth 0 --yes --patient PAT-1 --units 1 --days 1 form.json',
    )
    expect(third['duplicates']).toEqual([twice.stdout.match(/Record {4}(\S+)/)?.[1]])
  })

  it('has somewhere to put its slip before it is signed', async () => {
    const { run } = await begun()
    const args = '--desk none.desk --patient PAT-1 --units 1 --days 1 --yes --slip form.json form.json'
    expect((await run(`prescribe ${args}`)).stderr).toContain('cannot write form.json')
  })
})

describe('chartseal ledger slip', () => {
  it('prints what a phone reads', async () => {
    const { run, json, prescribed, cwd } = await valley()
    const txid = await prescribed(1)
    const { slip } = await json(`slip --desk doctor.desk ${txid}`)
    expect(slip).toMatch(/^CHARTSEAL-RX:/)
    expect((await run(`slip --desk doctor.desk --qr ${txid}`)).stdout).toMatch(/^[█▀▄ \n]+$/)
    await run(`slip --desk doctor.desk --qr --out slip.svg ${txid}`)
    expect(readFileSync(join(cwd, 'slip.svg'), 'utf8')).toContain('<svg')
    expect(codeIn(await run(`slip --desk doctor.desk ${'0'.repeat(64)}`))).toBe('prescription/unknown')
  })
})

describe('a desk file', () => {
  it('is sealed under a passphrase', async () => {
    const { run, cwd, node } = await valley()
    const env = { CHARTSEAL_PASSPHRASE: 'correct horse battery' }
    await run(`join --server ${node.url} --desk sealed.desk`, { env })
    expect(readFileSync(join(cwd, 'sealed.desk'))).not.toContain('127.0.0.1')
    expect(await run('deliver --desk sealed.desk', { env })).toMatchObject({ exitCode: 0 })
    const other = await run('deliver --desk sealed.desk', { env: { CHARTSEAL_PASSPHRASE: 'wrong' } })
    expect(codeIn(other)).toBe('enrolment/wrong-passphrase')
  })

  it('is refused when it is something else, of another server, or of another ledger', async () => {
    const { run, cwd, node } = await valley()
    expect(codeIn(await run('deliver --desk form.json'))).toBe('cli/desk')
    const join2 = `join --server ${node.url} --unsealed --desk`
    expect(codeIn(await run(`${join2} x.desk --ledger ${'A'.repeat(43)}`))).toBe('cli/other-ledger')
    await node.stop()
    await run('node init --folder other --member registrar:Board:board.jwk')
    const other = await runNode(cwd, 'other')
    const moved = await run(`join --server ${other.url} --desk doctor.desk`)
    expect(moved).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('doctor.desk is of http://127'),
    })
  })
})

describe('a server that does not answer', () => {
  it('is named', async () => {
    const { run } = await begun()
    expect(codeIn(await run('show --server http://127.0.0.1:1'))).toBe('cli/no-answer')
    expect(await run('show')).toMatchObject({ exitCode: 2 })
  })
})
