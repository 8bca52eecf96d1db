#!/usr/bin/env node
/** `chartseal-server`: the process around one command. */
import { systemClock, systemRandom } from '@chartseal/core/system'
import { run } from './run.js'

// Whatever it makes is for its user alone: stores and backups say who has a device, and who wrote to whom when.
process.umask(0o077)
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  random: systemRandom,
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  ended: () =>
    new Promise(resolve => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
    }),
})
