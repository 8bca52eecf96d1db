/** The Nodes that are compared: the running one, and Node 24 from npm. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { GroupResult } from './results.js'

interface Scripts {
  /** Installs it on first use; `null` when that failed. */
  node24(): string | null
}

const script = fileURLToPath(new URL('./run-group.js', import.meta.url))
const installer = new URL('../../scripts/lib/node24.mjs', import.meta.url)

/** Paths of executables. */
export async function runtimes(): Promise<readonly string[]> {
  if (process.versions.node.startsWith('24.')) return [process.execPath]
  const { node24 }: Scripts = await import(installer.href)
  const other = node24()
  if (other === null) process.stderr.write('There is no Node 24 here: npm could not install node@24.\n')
  return other === null ? [process.execPath] : [process.execPath, other]
}

/** Measures groups in one Node, a process for each; each result is handed over as soon as it is there. */
export async function measureIn(
  node: string,
  names: readonly string[],
  samples: number,
  onResult: (result: GroupResult) => void,
): Promise<void> {
  for (const name of names) onResult(await measureGroup(node, name, samples))
}

async function measureGroup(node: string, name: string, samples: number): Promise<GroupResult> {
  const child = spawn(node, [script, `${samples}`, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, status] = await Promise.all([
    text(child.stdout),
    new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject)),
  ])
  if (status !== 0) throw new Error(`the bench failed in ${node}: ${name}`)
  return JSON.parse(output)
}
