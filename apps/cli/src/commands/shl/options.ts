/** What the commands about links share. A link holds its key: it comes from a file or stdin, never from the command line. */
import { parseLink, type ShlLink } from '@chartseal/ipfs-envelope/shl'
import type { Command } from 'commander'
import { UsageError } from '../../io/errors.js'
import { inFile, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readSecret, type SecretSource } from '../../io/secrets.js'

export const passcodeSource = (file: string | undefined): SecretSource => ({
  file,
  option: '--passcode-file',
  variable: 'CHARTSEAL_PASSCODE',
  question: 'Passcode of the link',
})

export interface ClientOptions {
  readonly recipient: string
  readonly passcodeFile?: string
  readonly local?: boolean
}

/** `--recipient`, `--passcode-file` and `--local`, and the link as the argument. */
export function withLink(command: Command): Command {
  return command
    .requiredOption('--recipient <name>', 'who opens it: whoever made the link sees this name in their log')
    .option(
      '--passcode-file <file>',
      'the passcode, where the link needs one; else CHARTSEAL_PASSCODE or a prompt',
    )
    .option('--local', 'the link is of this machine: its servers may be asked')
    .argument('[link]', 'a file with the link; - is stdin', '-')
}

/** The text of a link in a file, without the lines around it. */
export async function readLinkText(io: Io, file: string): Promise<string> {
  const text = (await readText(io, file)).trim()
  if (text === '') throw new UsageError(`there is no link in ${file === '-' ? 'stdin' : file}`)
  return text
}

/** The passcode of a link that needs one. */
export async function passcodeFor(
  io: Io,
  link: ShlLink,
  { passcodeFile }: ClientOptions,
): Promise<{ readonly passcode?: string }> {
  if (!link.flags.includes('P')) return {}
  return { passcode: await readSecret(io, passcodeSource(passcodeFile)) }
}

export async function readLinkFileOf(
  io: Io,
  file: string,
): Promise<{ readonly text: string; readonly link: ShlLink }> {
  const text = await readLinkText(io, file)
  return { text, link: await inFile(file, () => parseLink(text)) }
}
