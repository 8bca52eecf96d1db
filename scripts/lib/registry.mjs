/** A registry on loopback, where a release is rehearsed. */
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { npmPeer } from './npm-peer.mjs'
import { childEnv } from './process.mjs'

// The last one for Node 20; of node-fetch, which it uses, a version that npm has.
const verdaccio = ['verdaccio@6.8.0']
const overrides = { 'node-fetch': '2.7.0' }
const program = fileURLToPath(new URL('registry-process.mjs', import.meta.url))

/** The registry that this machine installs from. */
function upstream() {
  const { status, stdout } = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' })
  if (status !== 0) throw new Error('npm does not say which registry it uses')
  return stdout.trim()
}

/**
 * Lets `work` use a registry: it has what is published to it, and gives what is not ours from the registry that npm is
 * set to. `work` gets its address. `null` when it cannot be installed or does not start.
 */
export async function withRegistry(folder, work) {
  const peer = npmPeer('verdaccio', verdaccio, overrides)
  if (peer === null) return null
  mkdirSync(folder, { recursive: true })
  const stdio = ['ignore', 2, 2, 'ipc']
  const child = fork(program, [peer, folder, upstream()], { stdio, env: childEnv() })
  const ended = once(child, 'exit')
  const said = await Promise.race([once(child, 'message'), ended.then(() => null)])
  if (said === null) return null
  try {
    return await work(`http://127.0.0.1:${said[0].port}/`)
  } finally {
    child.disconnect()
    await ended
  }
}

/** With it npm publishes and installs there: the registry asks nobody who they are, and npm publishes only with a token. */
export const registryEnv = address => ({
  npm_config_registry: address,
  [`npm_config_${address.replace(/^http:/, '')}:_authToken`]: 'anybody',
})
