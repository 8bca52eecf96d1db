/** A server that may open no more files when it starts a relay process, and may again after that. */
import { closeSync, openSync } from 'node:fs'
import { systemClock } from '@chartseal/core/system'
import { RelayProcesses } from '../dist/conference/relay-processes.js'

const files = []
const free = () => {
  for (const file of files.splice(0)) closeSync(file)
}
const say = text => process.stdout.write(`${text}\n`)
const processes = new RelayProcesses({
  count: 1,
  policy: {},
  clock: systemClock,
  accept() {
    throw new Error('nobody comes')
  },
  onFault({ code }) {
    free()
    say(code)
  },
  onStart() {
    say('takes connections')
    clearInterval(alive)
    void processes.end()
  },
})
// The timer of another try alone keeps nothing alive.
const alive = setInterval(() => undefined, 1_000)
try {
  for (;;) files.push(openSync('/dev/null'))
} catch {
  await processes.start()
}
