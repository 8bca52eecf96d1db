import { systemClock, systemRandom } from '@chartseal/core/system'
import { demo } from './demo.js'

const { stdout, stderr, env } = process
const cwd = env['INIT_CWD'] ?? process.cwd()
const isTerminal = stdout.isTTY === true

process.exitCode = await demo(process.argv.slice(2), {
  stdout,
  stderr,
  env,
  cwd,
  isTerminal,
  clock: systemClock,
  random: systemRandom,
})
