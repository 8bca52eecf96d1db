/** A ledger whose log witnesses cosign, and whose sequencer has the time from them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeHex } from '@chartseal/core/encoding'
import { systemClock } from '@chartseal/core/system'
import { anchorOf, checkBundle, decodeGenesis } from '@chartseal/emr-ledger'
import { fixedClock } from '@chartseal/testkit'
import { ed25519Signer } from '@chartseal/tlog'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
import { createListener, defaultLimits, listen } from '../dist/listen.js'
import { origin, startMs, testClinic } from './api-world.js'
import { startWitness } from './clinic-world.js'
import { runAt } from './command-run.js'
import { emptyFolder } from './store-world.js'

const run = (...words: string[]) => runAt(fixedClock(startMs), ...words)

/** The keys of a clinic that is not begun yet, two witnesses that know its log, and their policy. */
async function policed() {
  const folder = emptyFolder()
  const [data, keys, policy] = [join(folder, 'data'), join(folder, 'keys.json'), join(folder, 'policy.txt')]
  expect(
    (await run('ledger', 'keys', '--data', data, '--origin', origin, '--name', 'N', '--out', keys)).code,
  ).toBe(0)
  const key = new SigningKey(decodeHex(readFileSync(dataPaths(data).ledgerKey, 'utf8').trim()))
  const { verifierKey } = ed25519Signer('clinic.example/ledger', key)
  const witnesses = [
    await startWitness('one.example/w', verifierKey),
    await startWitness('two.example/w', verifierKey),
  ]
  const lines = witnesses.map(({ policyLine }) => policyLine)
  writeFileSync(policy, [...lines, 'group all all one.example two.example', 'quorum all', ''].join('\n'))
  const init = ['init', '--data', data, '--origin', origin, '--name', 'North']
  return { folder, data, keys, policy, witnesses, init, logKey: verifyingKeyOf(key) }
}

describe('a clinic whose ledger has witnesses', () => {
  it('seals by their clocks alone, and proves with their cosignatures what is final', async () => {
    const { data, policy, init, logKey } = await policed()
    expect(await run(...init, '--ledger-witnesses', policy)).toMatchObject({ code: 0 })
    const world = await testClinic({ folder: data })
    const { ledger } = world.clinic
    expect(decodeGenesis(ledger.genesis).seal).toMatchObject({ kind: 'tlog', logKey, quorum: 2 })
    const doctor = await world.enrol('doctor')
    const server = createListener((request, env) => world.app.fetch(request, env), defaultLimits)
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const at = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`
    // The clinic's clock stands a year away from those of the witnesses: the roster waits.
    await ledger.beat()
    await ledger.beat()
    expect([ledger.sealFault, ledger.node.tip.height]).toEqual(['ledger/clock', 0n])
    const stopped = await run('ledger', 'status', '--at', at)
    expect(stopped.out).toContain('stopped by   ledger/clock: compare the clock of this machine')
    expect(stopped.out).toContain('witnesses    2 of 2 cosign what is final')
    world.clock.advance(systemClock.nowMs() - startMs)
    await ledger.beat()
    await ledger.beat()
    expect([ledger.sealFault, ledger.node.final.height]).toEqual([null, 1n])
    const proof = await (await world.ask('GET', `/v1/ledger/signers/${doctor.kid}`)).json()
    expect(proof.next_seq).toBe(1)
    const bundle = await ledger.proof({ from: 0n })
    const checked = checkBundle(anchorOf(ledger.genesis), bundle, {
      nowSeconds: BigInt(Math.floor(systemClock.nowMs() / 1_000)),
    })
    expect(checked.finality).toEqual({ kind: 'final' })
    expect(checked.head.height).toBe(1n)
  })

  it('names in a genesis of several the witnesses of the policy, and begins with no others', async () => {
    const { folder, keys, policy, init, data } = await policed()
    const other = join(folder, 'other')
    const words = ['ledger', 'keys', '--data', other, '--origin', 'https://o.example', '--name', 'O']
    await run(...words, '--out', join(folder, 'o.json'))
    const [genesis, plain] = [join(folder, 'genesis'), join(folder, 'plain')]
    const make = ['ledger', 'genesis', '--name', 'Two', '--keys', `${keys},${join(folder, 'o.json')}`]
    expect(await run(...make, '--rule', 'tlog', '--witnesses', policy, '--out', genesis)).toMatchObject({
      code: 0,
    })
    expect(decodeGenesis(readFileSync(genesis)).seal).toMatchObject({ kind: 'tlog', quorum: 2 })
    await run(...make, '--rule', 'tlog', '--out', plain)
    const refused = async (...more: string[]): Promise<string> => (await run(...more)).err
    expect(await refused(...init, '--genesis', plain, '--ledger-witnesses', policy)).toMatch(
      '--ledger-witnesses',
    )
    expect(await refused(...make, '--rule', 'poa', '--witnesses', policy, '--out', plain)).toMatch(
      '--witnesses',
    )
    const strange = join(folder, 'strange.txt')
    const [one = '', two = ''] = readFileSync(policy, 'utf8').split('\n')
    const nested = [
      one,
      two,
      'group a all one.example',
      'group b all two.example',
      'group c all a b',
      'quorum c',
      '',
    ]
    writeFileSync(strange, nested.join('\n'))
    expect(await refused(...init, '--ledger-witnesses', strange)).toMatch('one group')
    writeFileSync(strange, [one, 'quorum none', ''].join('\n'))
    expect(await refused(...init, '--ledger-witnesses', strange)).toMatch('tlog/weak-policy')
    expect(await run(...init, '--genesis', genesis, '--ledger-witnesses', policy)).toMatchObject({ code: 0 })
    const world = await testClinic({ folder: data })
    expect(decodeGenesis(world.clinic.ledger.genesis).seal).toMatchObject({ quorum: 2 })
  })
})
