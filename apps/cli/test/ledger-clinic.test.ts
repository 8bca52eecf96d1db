import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { untilSettled } from '../dist/commands/ledger/signed.js'
import { emptyFolder } from './cli.js'
import { Server } from './clinic-server.js'
import { codeIn } from './codes.js'
import { commandsIn, form } from './ledger-world.js'

/** A clinic whose server runs, and the desks of a doctor and a pharmacy that it enrolled. */
async function clinic() {
  const cwd = emptyFolder()
  writeFileSync(join(cwd, 'form.json'), form)
  const server = new Server(cwd)
  await server.start()
  const commands = commandsIn(cwd)
  const join1 = `join --server ${server.url} --unsealed --desk`
  const invitations = { doctor: server.links[0] ?? '', pharmacist: await server.invite('pharmacist') }
  for (const [role, invitation] of Object.entries(invitations)) {
    const env = { CHARTSEAL_INVITATION: invitation }
    expect(await commands.json(`${join1} ${role}.desk`, { env })).toMatchObject({ role, rule: 'tlog' })
  }
  return { ...commands, server }
}

describe('the ledger of a clinic’s server', () => {
  it('gives out each unit once to those whom the clinic enrolled, and to nobody while it is away', async () => {
    const { run, json, server } = await clinic()
    const order = '--yes --patient PAT-1 --units 2 --days 30 --slip slip.txt form.json'
    const byPharmacy = await run(`prescribe --desk pharmacist.desk ${order}`)
    expect(byPharmacy).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ledger/role') })
    const prescribed = await json(`prescribe --desk doctor.desk ${order}`)
    expect(prescribed).toMatchObject({ state: 'final', finality: 'final', slip: 'slip.txt' })
    const judged = await json('dispense --desk pharmacist.desk slip.txt')
    expect(judged).toMatchObject({ verdict: 'ready', left: 2, is_signed: true })
    const proof = `prove --desk doctor.desk --out rx.proof --genesis-out genesis.cbor ${prescribed['txid']}`
    expect(await json(proof)).toMatchObject({ status: 'ready', dispensed: 0, finality: 'final' })
    const words = (await run('verify --genesis genesis.cbor rx.proof')).stdout
    expect(words).toContain("final by the sequencer's word alone")
    const given = await json('dispense --desk pharmacist.desk --yes --units 1 slip.txt')
    expect(given).toMatchObject({ state: 'final', units: 1, left: 1 })
    // The desk has seen a newer state since, and believes no older one.
    expect(codeIn(await run('verify --desk pharmacist.desk rx.proof'))).toBe('ledger/bundle-behind')
    await server.kill()
    const offline = await run('dispense --desk pharmacist.desk slip.txt')
    expect(offline).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('offline') })
    const away = await run('dispense --desk pharmacist.desk --yes --units 1 slip.txt')
    expect(codeIn(away)).toBe('prescription/not-dispensable')
    expect(codeIn(await run(`prescribe --desk doctor.desk ${order.replace('slip.txt', 'later.txt')}`))).toBe(
      'prescription/offline',
    )
  })
})

describe('a record whose number another one has taken', () => {
  it('is told as one by which nothing happened', async () => {
    const settling = untilSettled(
      {} as Parameters<typeof untilSettled>[0],
      new Uint8Array(32),
      { kind: 'never' },
      0,
    )
    await expect(settling).rejects.toMatchObject({ code: 'cli/record-overtaken' })
  })
})
