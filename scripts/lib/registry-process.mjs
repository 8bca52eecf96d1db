/**
 * A registry (verdaccio) on loopback: `registry-process.mjs PEER STORAGE UPSTREAM`, with the folder that has verdaccio,
 * where packages are kept, and the registry that has what is not ours. It sends its port, and ends with whoever started it.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [peer, storage, upstream] = process.argv.slice(2)
const { runServer } = createRequire(join(peer, 'package.json'))('verdaccio')
// Ours have no uplink: what is not published here is not there.
const ours = { access: '$all', publish: '$all' }
const registry = await runServer({
  storage,
  self_path: join(storage, 'config.yaml'),
  auth: { htpasswd: { file: join(storage, 'htpasswd'), max_users: -1 } },
  uplinks: { upstream: { url: upstream, maxage: '1h' } },
  packages: {
    '@chartseal/*': ours,
    chartseal: ours,
    'chartseal-*': ours,
    '**': { access: '$all', proxy: 'upstream' },
  },
  web: { enable: false },
  log: { type: 'file', path: join(storage, 'registry.log'), level: 'warn' },
})
registry.listen(0, '127.0.0.1', () => process.send({ port: registry.address().port }))
process.once('disconnect', () => process.exit(0))
