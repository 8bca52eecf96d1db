import { cli, type World } from './cli.js'

export type Reply = Readonly<Record<string, unknown>>

/** The answer of `chartseal interop` to one request. */
export async function ask(request: Readonly<Record<string, unknown>>, world: World = {}): Promise<Reply> {
  const [reply] = await askLines(`${JSON.stringify(request)}\n`, world)
  return reply ?? {}
}

/** Every answer to an input of several lines, or of what should be a line. */
export async function askLines(input: string | Uint8Array, world: World = {}): Promise<Reply[]> {
  const stdin = input === '' ? '\n' : input
  const { stdout } = await cli(['interop'], { ...world, stdin })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}
