/** A contender in a process of its own: one line asks, one line answers, and it reads its own CPU clock. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Cost } from '../measure.js'

export interface LineProcess {
  ask(line: string): Promise<string>
  /** Sends `run AMOUNT`. */
  work(amount: number): Promise<Cost>
  close(): void
}

export function startLineProcess(command: string, args: readonly string[]): LineProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  failed.catch(() => undefined)
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`)
    const { value, done } = await Promise.race([lines.next(), failed])
    if (done === true) throw new Error(`${command} ended without an answer`)
    return value
  }
  return {
    ask,
    work: async amount => {
      const [cpuSeconds = Number.NaN, wallSeconds = Number.NaN] = (await ask(`run ${amount}`))
        .split(' ')
        .map(Number)
      return { cpuSeconds, wallSeconds }
    },
    close: () => void child.stdin.end(),
  }
}
