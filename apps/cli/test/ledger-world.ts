/** A ledger of one's own in a folder of a test, the desks of a doctor and a pharmacy, and ledger commands in it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@chartseal/core/system'
import { expect, onTestFinished } from 'vitest'
import type { Io } from '../dist/io/io.js'
import { run as runLine } from '../dist/run.js'
import { cli, cliJson, emptyFolder, type Ran, Sink, type World, worldIo } from './cli.js'

export interface RunningNode {
  readonly url: string
  stop(): Promise<number>
}

/** `ledger node run` with these options, at any port, until it is stopped. */
export async function runNode(
  cwd: string,
  folder: string,
  ...options: readonly string[]
): Promise<RunningNode> {
  const stdout = new Sink()
  let interrupt = (): void => undefined
  const io: Io = {
    ...worldIo({ cwd, clock: systemClock }, stdout, new Sink()),
    onInterrupt(stop) {
      interrupt = () => stop()
      return () => undefined
    },
  }
  const args = ['ledger', 'node', 'run', '--folder', folder, '--port', '0', '--workers', '1', ...options]
  const ended = runLine(args, io)
  await expect.poll(() => stdout.text).toMatch(/http/)
  const stop = (): Promise<number> => {
    interrupt()
    return ended
  }
  onTestFinished(async () => void (await stop()))
  return { url: /http:\S+:\d+/.exec(stdout.text)?.[0] ?? '', stop }
}

export interface Valley {
  readonly cwd: string
  run(args: string, world?: World): Promise<Ran>
  json(args: string, world?: World): Promise<Record<string, unknown>>
  /** Made by `prescribe`, with its slip in `slip.txt`; gives the txid. */
  prescribed(units: number): Promise<string>
}

export const form: string = JSON.stringify({ medicine: 'Ibuprofen 400 mg', dosage: '1-0-1' })

export function commandsIn(cwd: string): Omit<Valley, 'prescribed'> {
  const world = { cwd, clock: systemClock }
  return {
    cwd,
    run: (args, more = {}) => cli(['ledger', ...args.split(' ')], { ...world, ...more }),
    json: (args, more = {}) => cliJson(['ledger', ...args.split(' ')], { ...world, ...more }),
  }
}

/** A folder with keys, and a ledger that was begun: `doctor`, `pharmacy` and these members in its roster. */
export async function begun(...members: readonly string[]): Promise<Omit<Valley, 'prescribed'>> {
  const commands = commandsIn(emptyFolder())
  writeFileSync(join(commands.cwd, 'form.json'), form)
  for (const name of ['board', 'doctor', 'pharmacy'])
    await commands.run(`keygen --out ${name}.key --public-key ${name}.jwk`)
  const all = ['registrar:Board:board.jwk', 'prescriber:Okafor:doctor.jwk', 'dispenser:North:pharmacy.jwk']
  const named = [...all, ...members].map(member => `--member ${member}`).join(' ')
  const made = await commands.run(`node init --folder node --difficulty 1 ${named}`)
  expect(made).toMatchObject({ exitCode: 0 })
  return commands
}

/** With a node that runs, and desks that know it. */
export async function valley(
  ...members: readonly string[]
): Promise<Valley & { readonly node: RunningNode }> {
  const commands = await begun(...members)
  const node = await runNode(commands.cwd, 'node', '--depth', '0')
  for (const name of ['doctor', 'pharmacy'])
    expect(
      await commands.run(`join --server ${node.url} --desk ${name}.desk --key ${name}.key --unsealed`),
    ).toMatchObject({ exitCode: 0 })
  return {
    ...commands,
    node,
    async prescribed(units) {
      const order = `--patient PAT-1 --units ${units} --days 30 --slip slip.txt form.json`
      const answer = await commands.json(`prescribe --desk doctor.desk --depth 0 --yes ${order}`)
      expect(answer).toMatchObject({ state: 'final', finality: 'reversible' })
      return String(answer['txid'])
    },
  }
}

/** A program as the driver of a token: the private key is in a file that it alone reads. */
export const tokenProgram = `
const { createPrivateKey, sign } = require('node:crypto')
const key = createPrivateKey(require('node:fs').readFileSync('token.pem'))
const bytes = require('node:fs').readFileSync(0)
process.stdout.write(sign('sha256', bytes, { key, dsaEncoding: process.argv[2] }))
`
