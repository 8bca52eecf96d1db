#!/usr/bin/env node
import { hasWritten } from './io/io.js'
import { systemIo } from './io/system-io.js'

const io = systemIo()

for (const stream of [io.stdout, io.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that went away (`chartseal … | head`) has what it wanted, unless nothing reached it.
    if (error.code === 'EPIPE') process.exit(hasWritten(stream) ? 0 : 1)
    if (stream === io.stdout) io.stderr.write(`chartseal: cannot write to stdout: ${error.message}\n`)
    process.exit(1)
  })
}

const args = process.argv.slice(2)
// Everything else loads commander and a command; this is asked by scripts.
if (args.length === 1 && args[0] === '--version') {
  const { ownVersion } = await import('./version.js')
  process.stdout.write(`${ownVersion()}\n`)
} else {
  const { run } = await import('./run.js')
  process.exitCode = await run(args, io)
}
