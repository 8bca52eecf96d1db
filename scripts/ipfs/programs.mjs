/** The peers of check-ipfs as child processes: each ends with the pipe to its stdin. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startDialect } from './kubo-dialect.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const graceMs = 5000

/** Starts `script` beside the packages in `folder`. `first` is the first line that it prints. */
export async function startPeer(node, folder, script, ...args) {
  const path = join(folder, script)
  copyFileSync(join(here, script), path)
  const child = spawn(node, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'], cwd: folder })
  const errors = []
  child.stderr.on('data', piece => errors.push(piece))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { done, value } = await lines.next()
    if (done) throw new Error(`${script} ended: ${Buffer.concat(errors).toString('utf8').slice(-2000)}`)
    return value
  }
  return {
    first: await next(),
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return JSON.parse(await next())
    },
    async stop() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await gone
      clearTimeout(timer)
    },
  }
}

/** The RPC server of js-ipfs behind its translator, over a repository of its own; `plain` is its own address. */
export async function startNode(node, folder, repository) {
  const peer = await startPeer(node, folder, 'js-ipfs-node.mjs', repository)
  const dialect = await startDialect(peer.first)
  return {
    url: dialect.url,
    plain: peer.first,
    async stop() {
      await dialect.stop()
      await peer.stop()
    },
  }
}
