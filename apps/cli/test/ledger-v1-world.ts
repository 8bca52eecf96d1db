/** A folder with the key of a doctor, and ledger commands that run in it. */
import { cli, cliJson, emptyFolder, type Ran, type World } from './cli.js'

export const minerHash = '0123456789abcdef0123456789abcdef01234567'
export const patientHash = '2083cf265a647cd0da3bbf778c6016de2ec284c8'

export interface Clinic {
  readonly cwd: string
  run(args: string, world?: World): Promise<Ran>
  json(args: string, world?: World): Promise<Record<string, unknown>>
  /** Writes a record to this file. */
  prescribe(file: string, nonce: number, text?: string): Promise<Ran>
  /** Mines these records and appends the block. */
  grow(files: string): Promise<Ran>
}

export async function clinic(): Promise<Clinic> {
  const cwd = emptyFolder()
  const run = (args: string, world: World = {}): Promise<Ran> =>
    cli(['ledger', 'v1', ...args.split(' ')], { cwd, ...world })
  await run('keygen --out doctor.pem')
  return {
    cwd,
    run,
    json: (args, world = {}) => cliJson(['ledger', 'v1', ...args.split(' ')], { cwd, ...world }),
    prescribe: (file, nonce, text = `Rx ${nonce}\n`) =>
      run(`prescribe --key-file doctor.pem --patient ${patientHash} --nonce ${nonce} --out ${file}`, {
        stdin: text,
      }),
    async grow(files) {
      const mine = `mine --chain ledger.log --miner ${minerHash} --difficulty 50 --workers 2 ${files}`
      return run('append --chain ledger.log', { stdin: (await run(mine.trim())).stdout })
    },
  }
}
