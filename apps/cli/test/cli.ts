/** Runs one command line in process, in a world of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import type { Clock, Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import type { Argon2id } from '@chartseal/kdf-keyring'
import { fixedClock, quickArgon2id } from '@chartseal/testkit'
import { onTestFinished } from 'vitest'
import type { Io } from '../dist/io/io.js'
import { run } from '../dist/run.js'

export interface World {
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly isTerminal?: boolean
  /** What is typed at a hidden prompt; `null` gives up. */
  readonly typed?: string | null
  /** The same, for one answer after the other. */
  type?(): string | null
  readonly clock?: Clock
  readonly random?: Random
  /** For folders that another process uses, too: the real one. */
  readonly argon2id?: Argon2id
}

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The questions of hidden prompts. */
  readonly asked: readonly string[]
}

export const noonMs: number = Date.UTC(2026, 6, 15, 12)

export async function cli(args: readonly string[], world: World = {}): Promise<Ran> {
  const [stdout, stderr] = [new Sink(), new Sink()]
  const asked: string[] = []
  const exitCode = await run(args, worldIo(world, stdout, stderr, asked))
  return { exitCode, stdout: stdout.text, stderr: stderr.text, asked }
}

/** The one JSON object that a command answered under `--json`. */
export async function cliJson(args: readonly string[], world: World = {}): Promise<Record<string, unknown>> {
  return JSON.parse((await cli([...args, '--json'], world)).stdout)
}

/** An empty folder that vanishes with the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function worldIo(world: World, stdout: Writable, stderr: Writable, asked: string[] = []): Io {
  const isTerminal = world.isTerminal ?? false
  return {
    stdin: Readable.from([Buffer.from(world.stdin ?? '')], { objectMode: false }),
    stdout,
    stderr,
    env: world.env ?? {},
    cwd: world.cwd ?? tmpdir(),
    isTerminal: { stdin: isTerminal, stdout: isTerminal, stderr: isTerminal },
    clock: world.clock ?? fixedClock(noonMs),
    random: world.random ?? systemRandom,
    argon2id: world.argon2id ?? quickArgon2id,
    async askSecret(question) {
      asked.push(question)
      return world.type?.() ?? world.typed ?? null
    },
  }
}

/** A stream that keeps what is written to it. */
export class Sink extends Writable {
  readonly #chunks: Buffer[] = []

  get text(): string {
    return this.bytes.toString('utf8')
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }
}
