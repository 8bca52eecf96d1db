#!/usr/bin/env node
import { systemIo } from './io/system-io.js'
import { run } from './run.js'

// The reader went away (`chartseal … | head`): nobody is left to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1))
}

process.exitCode = await run(process.argv.slice(2), systemIo())
