/** By which id other nodes name this one for gossip. */
import type { Command } from '../command.js'
import { dataPaths, makeDataFolder } from '../data-folder.js'
import { peerIdIn } from '../gossip/key.js'
import { defaultFolder } from './serve.js'

export const ledgerGossip: Command = {
  name: 'ledger gossip',
  summary: 'say by which id other nodes name this one for gossip; its key is made where there is none',
  example: 'chartseal-server ledger gossip --data DATA',
  flags: {},
  settings: ['data'],
  async run(io, { config }) {
    const paths = dataPaths(config.data ?? defaultFolder(io))
    await makeDataFolder(paths)
    io.out(`/p2p/${await peerIdIn(paths, io.random)}\n`)
    return 0
  },
}
