/**
 * Ten thousand sockets on one server process: all come, the server is told to end and starts again, all are back and have
 * everything; then a minute goes by, half an hour with SLOW=1, and what the server holds has not grown. Exit 1 on a
 * finding, 77 where a process may not have that many files. Times are printed: no step is judged by how fast a machine is.
 */
import { readFileSync } from 'node:fs'
import { socketFindings } from '../bench/dist/load/sockets-check.js'
import { report } from './lib/report.mjs'

const skipped = 77
const sockets = 10_000
const patients = 500
const processes = 4
/** Store, log, and whatever else a server has open beside its sockets. */
const otherFiles = 1_000
const { SLOW: slow } = process.env
const soakMs = slow === '1' ? 1_800_000 : 60_000

/** Node raises its own limit to the hard one. */
function openFiles() {
  const [, hard] = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return Number(hard)
}

const say = line => process.stdout.write(`sockets: ${line}\n`)

if (process.platform !== 'linux') {
  say('skipped: handles are counted in /proc')
  process.exitCode = skipped
} else if (openFiles() < sockets + otherFiles) {
  say(`skipped: ${openFiles()} files a process, ${sockets + otherFiles} are needed`)
  process.exitCode = skipped
} else {
  report('sockets', await socketFindings({ sockets, patients, processes, soakMs, say }))
}
