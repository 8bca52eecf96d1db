import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openKeyValue, openLog, readClaims } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { kind, realFolder } from './files-helpers.js'
import { patienceMs } from './helpers.js'

// Reads what its user may not write, and says what it found.
const reader = `
  import { openLog, readClaims, readKeyValue, readLog } from '@chartseal/core/files'
  const [, folder, closed] = process.argv
  const code = run => run().then(() => 'accepted', error => error.context.operation + ' ' + error.context.systemCode)
  const log = await readLog(folder + '/a.log', { kind: '${kind}' })
  const values = await readKeyValue(folder)
  console.log(JSON.stringify([
    log.length, log.tornBytes, await values.keys(), [...await values.get('v')], (await readClaims(folder)).length,
    await code(() => openLog(folder + '/a.log', { kind: '${kind}' })),
    await code(() => readLog(closed + '/a.log', { kind: '${kind}' })),
    await code(() => readLog(folder + '/none.log', { kind: '${kind}' })),
  ]))
`

/** How to start a process to which permissions apply, as they do not to root; `null` where that cannot be done. */
function asAnother(): readonly string[] | null {
  if (process.getuid?.() !== 0) return []
  const overrides = '-dac_override,-dac_read_search'
  const command = ['setpriv', `--bounding-set=${overrides}`, `--inh-caps=${overrides}`]
  return spawnSync('setpriv', [...command.slice(1), process.execPath, '-e', '']).status === 0 ? command : null
}

describe('a folder that its reader may not write', () => {
  it.skipIf(asAnother() === null)(
    'is read, and a folder that may not be read is distinguished from a missing one',
    async () => {
      const folder = realFolder()
      const closed = join(folder, 'closed')
      mkdirSync(closed, { mode: 0o700 })
      const file = join(folder, 'a.log')
      const log = await openLog(file, { kind, mode: 0o444 })
      await log.append(Uint8Array.of(1))
      await log.close()
      const store = await openKeyValue(folder, { mode: 0o444 })
      await store.put('v', Uint8Array.of(9))
      await store.close()
      chmodSync(folder, 0o555)
      chmodSync(closed, 0)
      const [first = '', ...rest] = [
        ...(asAnother() ?? []),
        process.execPath,
        '--input-type=module',
        '-e',
        reader,
        folder,
        closed,
      ]
      const { stdout } = spawnSync(first, rest, { encoding: 'utf8', timeout: patienceMs })
      chmodSync(folder, 0o700)
      expect(JSON.parse(stdout)).toEqual([
        1,
        0,
        ['v'],
        [9],
        0,
        'create lock EACCES',
        'open EACCES',
        'open ENOENT',
      ])
      expect(await readClaims(folder)).toEqual([])
    },
  )
})
