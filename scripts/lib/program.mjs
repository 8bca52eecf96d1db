/** Programs as their users get them, and whether the command line works there. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundleInto, installedAt } from './bundle.mjs'
import { childEnv } from './process.mjs'
import { publishable } from './tarballs.mjs'

/** Where a program starts in a project that has installed it. */
export const programIn = (project, name = 'chartseal') =>
  join(project, 'node_modules', name, 'dist', 'main.js')

/**
 * A program as it is packed, in the folder `folder`, beside links to the dependencies that it still has: as if
 * installed, and without a registry. Where it starts.
 */
export async function unpackProgram(folder, program = 'chartseal') {
  const { path, manifest } = publishable().find(one => one.manifest.name === program)
  const home = join(folder, 'node_modules', program)
  mkdirSync(home, { recursive: true })
  cpSync(join(path, 'package.json'), join(home, 'package.json'))
  const left = { ...(await bundleInto(home, program)), ...manifest.optionalDependencies }
  for (const name of Object.keys(left)) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    if (!existsSync(link)) symlinkSync(installedAt(name), link, 'junction')
  }
  return programIn(folder, program)
}

class Refused extends Error {}

/** Runs commands in `folder`; each gives what it prints. @throws Refused */
function commandsIn(folder, node, main) {
  // Under `npm run`, INIT_CWD would name the folder of the project.
  const env = childEnv({ CHARTSEAL_KEY: '2a'.repeat(32), NO_COLOR: '1', INIT_CWD: folder })
  return (args, input = '') => {
    const { status, stdout, stderr } = spawnSync(node, [main, ...args], {
      cwd: folder,
      env,
      input,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Refused(`chartseal ${args.join(' ')}: ${stderr.split('\n')[0]}`)
    return stdout
  }
}

/** Help of every command loads every file of it. */
function askForHelp(chartseal) {
  const names = [...chartseal(['--help']).matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name)
  if (names.length < 2) throw new Refused('chartseal --help names no commands')
  for (const name of names.filter(one => one !== 'help')) chartseal(['help', name])
}

function sealAndOpen(chartseal) {
  const note = 'Take one tablet a day.'
  const about = ['--v1', '--patient', 'PAT-1', '-']
  const sealed = chartseal(['message', 'seal', ...about], note)
  if (!chartseal(['explain', '-'], sealed).includes('sealed message, version 1'))
    throw new Refused('chartseal explain does not know a sealed message')
  if (chartseal(['message', 'open', ...about], sealed) !== note)
    throw new Refused('chartseal message open gives another text than was sealed')
}

/** With workers, whose files are found by their address. */
function mine(chartseal, folder) {
  writeFileSync(join(folder, 'rosa.key'), '2a'.repeat(32))
  const [, doctor] =
    /^Doctor {2}(\S+)/m.exec(chartseal(['ledger', 'v1', 'keygen', '--out', 'okafor.pem'])) ?? []
  const chain = ['--chain', 'ledger.log']
  const keys = ['--key-file', 'okafor.pem', '--patient-key-file', 'rosa.key']
  chartseal(['ledger', 'v1', 'prescribe', ...keys, ...chain, '-', '--out', 'rx.json'], 'Ibuprofen 400 mg')
  const work = ['--miner', doctor, '--difficulty', '10000', '--workers', '2']
  chartseal(['ledger', 'v1', 'mine', ...chain, ...work, 'rx.json', '--out', 'block.json'])
  chartseal(['ledger', 'v1', 'append', ...chain, 'block.json'])
  chartseal(['ledger', 'v1', 'verify', ...chain, '--expect-difficulty', '10000'])
}

/** What an installed program does not do on this Node. */
export function programFindings(node, main) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-program-'))
  const chartseal = commandsIn(folder, node, main)
  try {
    askForHelp(chartseal)
    sealAndOpen(chartseal)
    mine(chartseal, folder)
    // Ends with 0 only if each attack broke what was published and was refused by version 2.
    chartseal(['attack', 'all'])
    return []
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return [`the packed command line on ${node}: ${error.message}`]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
