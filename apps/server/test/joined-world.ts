import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'
import { onTestFinished } from 'vitest'
import { createClinic, openClinicStore } from '../dist/clinic/setup.js'
import { dataPaths } from '../dist/data-folder.js'
import { joinLedger } from '../dist/ledger/genesis.js'
import { fetchGenesis, type PeerFetch } from '../dist/ledger/http-peer.js'
import { startMs } from './api-world.js'

/** The origin of the other clinic. */
export const there = 'https://there.example'

/** The folder of a clinic that takes part in the ledger of another one. */
export async function joined(ask: PeerFetch): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-clinic-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const paths = dataPaths(folder)
  for (const path of [paths.keys, paths.backups]) mkdirSync(path, { recursive: true })
  const world = { clock: fixedClock(startMs), random: systemRandom }
  const store = await openClinicStore(paths, null, world)
  await joinLedger(store, await fetchGenesis(there, ask))
  await createClinic(store, paths, { name: 'Other clinic', origin: 'https://here.example' }, world)
  await store.close()
  return folder
}
