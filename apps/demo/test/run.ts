/** Runs the demo in process, in a world of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock, quickArgon2id } from '@chartseal/testkit'
import { onTestFinished } from 'vitest'
import { demo } from '../dist/demo.js'
import type { Io } from '../dist/io.js'

export const noonMs: number = Date.UTC(2026, 6, 15, 12)

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export function demoIo(stdout: Writable, stderr: Writable, settings: Partial<Io> = {}): Io {
  const world = { clock: fixedClock(noonMs), random: systemRandom, argon2id: quickArgon2id }
  return { stdout, stderr, env: {}, cwd: tmpdir(), isTerminal: false, ...world, ...settings }
}

export async function run(args: readonly string[], settings: Partial<Io> = {}): Promise<Ran> {
  const stdout = new Sink()
  const stderr = new Sink()
  const exitCode = await demo(args, demoIo(stdout, stderr, settings))
  return { exitCode, stdout: stdout.text, stderr: stderr.text }
}

/** An empty folder that vanishes with the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-demo-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A stream that keeps what is written to it. */
export class Sink extends Writable {
  readonly #chunks: Buffer[] = []

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }
}
