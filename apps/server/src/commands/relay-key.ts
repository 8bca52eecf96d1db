import { resolve } from 'node:path'
import { type Command, commandError } from '../command.js'
import { createRelayKey } from '../conference/relay-key.js'

export const relayKey: Command = {
  name: 'relay-key',
  summary: 'make the key that a server and its relays share',
  example: 'chartseal-server relay-key --out /etc/chartseal/relay.key',
  settings: [],
  flags: { out: { help: 'the file, which must not be there yet' } },
  async run(io, { own: { out } }) {
    if (out === undefined) throw commandError('command/usage', { reason: 'The option --out must be given.' })
    await createRelayKey(resolve(out), io.random)
    io.out(`${resolve(out)}\n`)
    io.err('Copy it to each machine with a relay, and to nobody else.\n')
    return 0
  },
}
