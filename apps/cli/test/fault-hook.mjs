/**
 * Loaded in front of the command line: what changes names on the disk is counted, and before number FAULT_AT the process
 * is killed, or from there on the disk is full; or hard links are refused, as on a stick. The count is left in FAULT_COUNT.
 */

import * as fs from 'node:fs'
import { writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { FAULT_AT, FAULT_KIND, FAULT_COUNT } = process.env
let count = 0

function fault(adds, name) {
  if (FAULT_KIND === 'no-links') {
    if (name === 'link') throw Object.assign(new Error('not permitted'), { code: 'EPERM' })
    return
  }
  if (++count < Number(FAULT_AT)) return
  if (FAULT_KIND === 'kill') process.kill(process.pid, 'SIGKILL')
  else if (adds) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
}

for (const name of ['rename', 'link', 'rm', 'unlink']) {
  const real = fs.promises[name]
  fs.promises[name] = async (...args) => {
    fault(name === 'rename' || name === 'link', name)
    return real(...args)
  }
}
syncBuiltinESMExports()
if (FAULT_COUNT !== undefined) process.on('exit', () => writeFileSync(FAULT_COUNT, `${count}`))
