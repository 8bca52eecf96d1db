import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** The command line was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command has printed its answer, and the answer is no: exit code 1 without another word. */
export class AlreadyTold extends Error {
  override readonly name = 'AlreadyTold'
}

/** What the command line itself refuses; everything else keeps the code of the package that refused it. */
export interface CliErrors {
  /** More than this command reads. */
  'cli/too-large': { limitBytes: number }
}

export const cliError: ErrorFactory<CliErrors> = defineErrors<CliErrors>({
  'cli/too-large': 'This is longer than {limitBytes} bytes, and nothing here is.',
})

/** What is told of a failure: never a stack, never more than its own message. */
export interface Failure {
  readonly exitCode: 1 | 2
  readonly code: string
  readonly message: string
}

/** The data's mistake is 1, the caller's 2 (`TypeError` and `RangeError` are the packages' word for it). */
export function explain(error: unknown): Failure {
  if (error instanceof ChartsealError) return { exitCode: 1, code: error.code, message: error.message }
  if (error instanceof UsageError || error instanceof RangeError || error instanceof TypeError) {
    return { exitCode: 2, code: 'usage', message: error.message }
  }
  const message = error instanceof Error ? error.message : 'something that is not an error was thrown'
  return { exitCode: 1, code: systemCode(error) ?? 'internal', message }
}

/** The error's name and message in one line, for reports of what went wrong. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** `ENOENT` and its like. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
