/** Compiles native/*.c where there are a compiler and a CPU for it; says why where not. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Native = { readonly path: string } | { readonly skipped: string }

const folder = new URL('../../../node_modules/.cache/bench-native/', import.meta.url)

/**
 * @param instructions as /proc/cpuinfo names them
 * @param flags that let the compiler use them
 */
export function compileNative(
  name: string,
  instructions: readonly string[],
  flags: readonly string[],
): Native {
  const present = cpuFlags()
  const missing = instructions.filter(instruction => !present.has(instruction))
  if (missing.length > 0) return { skipped: `this CPU has no ${missing.join(', ')}` }
  const source = new URL(`../../native/${name}.c`, import.meta.url)
  const hash = createHash('sha256').update(readFileSync(source)).update(flags.join(' ')).digest('hex')
  const path = fileURLToPath(new URL(`${name}-${hash.slice(0, 16)}`, folder))
  if (existsSync(path)) return { path }
  mkdirSync(folder, { recursive: true })
  return compile(fileURLToPath(source), path, flags)
}

function compile(source: string, path: string, flags: readonly string[]): Native {
  const { status, error, stderr } = spawnSync('cc', ['-O3', ...flags, '-o', path, source], {
    encoding: 'utf8',
  })
  if (error !== undefined) return { skipped: 'there is no C compiler' }
  return status === 0 ? { path } : { skipped: `the C compiler refused it: ${stderr.split('\n')[0]}` }
}

function cpuFlags(): ReadonlySet<string> {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
    return new Set(line.trim().split(/\s+/))
  } catch {
    return new Set()
  }
}
