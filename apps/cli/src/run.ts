import { CommanderError } from 'commander'
import { AlreadyTold, explain, type Failure } from './io/errors.js'
import { type Io, write } from './io/io.js'
import { archived, createProgram } from './program.js'

/** Runs one command line (without `node` and the script) and gives its exit code: 0, 1, 2, or 130 when given up. */
export async function run(given: readonly string[], io: Io): Promise<number> {
  const args = archived(given)
  try {
    const program = await createProgram(io, args)
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return await wrongCall(error, args, io)
    if (error instanceof AlreadyTold) return 1
    return report(error, args.includes('--json'), io)
  }
}

/** Help and version end like errors; of a wrong call commander has told, but under --json. */
async function wrongCall(
  { exitCode, message }: CommanderError,
  args: readonly string[],
  io: Io,
): Promise<number> {
  if (exitCode === 0) return 0
  if (args.includes('--json')) await writeJson(io, { exitCode: 2, code: 'usage', message })
  return 2
}

async function report(error: unknown, json: boolean, io: Io): Promise<number> {
  const failure = explain(error)
  if (json) await writeJson(io, failure)
  else await writeText(io, failure)
  if (io.env['CHARTSEAL_DEBUG'] === '1' && error instanceof Error) await write(io.stderr, `${error.stack}\n`)
  return failure.exitCode
}

// What writes a refusal is loaded for one: help and version need none of it.
async function writeText(io: Io, { code, message }: Failure): Promise<void> {
  const { visible } = await import('@chartseal/core/text')
  await write(io.stderr, `chartseal: ${visible(message)} (${code})\n`)
}

async function writeJson(io: Io, { code, message }: Failure): Promise<void> {
  const { toJsonText } = await import('@chartseal/core/json')
  const answer = { ok: false, code, message: message.replace(/^error: /, '') }
  await write(io.stdout, `${toJsonText(answer)}\n`)
}
