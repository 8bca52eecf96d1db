/** What the kill test kills: writes to a store until it dies, and says what was acknowledged. */
import { createHash } from 'node:crypto'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { takeDataFolder } from '../dist/data-folder.js'
import { openStore } from '../dist/store.js'

const [, , data, round, url] = process.argv
const writers = 6

/** The same for everybody who knows the id: every 20th is large, every 7th empty. */
export function contentOf(id, number) {
  const size = number % 20 === 0 ? 200_000 : number % 7 === 0 ? 0 : 300
  const block = createHash('sha256').update(id).digest()
  return Uint8Array.from({ length: size }, (_, i) => block[i % block.length] ?? 0)
}

async function write(store, writer) {
  for (let number = writer; ; number += writers) {
    const id = `${round}-${number}`
    await store.inTx(async ({ mailboxes, openings, settings }) => {
      const bytes = contentOf(id, number)
      const put = await mailboxes.deposit(
        { box: 'box', id, bytes, nowMs: 1 },
        { maxMessages: 1e6, maxBytes: 1e12 },
      )
      await openings.add({
        id,
        log: 'log',
        leafIndex: put.position,
        salt: null,
        entry: bytes,
        parties: ['kid'],
      })
      await settings.set(`writer-${writer}`, id)
    })
    process.stdout.write(`ack ${id}\n`)
  }
}

if (data !== undefined && round !== undefined) {
  process.stdout.write('opening\n')
  const { paths } = await takeDataFolder(data)
  const target = url === undefined ? { file: paths.store } : { url }
  const store = await openStore({ target, clock, random, backups: paths.backups })
  await store.devices.add({ kid: 'kid', role: 'patient', keys: new Uint8Array(1), box: 'box', addedMs: 1 })
  process.stdout.write('writing\n')
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(store, writer)))
}
