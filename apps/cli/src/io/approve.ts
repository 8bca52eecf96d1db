/** What cannot be taken back is done when a person, who reads what it is, types the word for it. */
import { visible } from '@chartseal/core/text'
import { Cancelled, UsageError } from './errors.js'
import { type Io, write } from './io.js'

export interface Approval {
  /** They have agreed in the command line already. */
  readonly yes?: boolean
}

/** The text stands alone before the question. @throws as {@link agree} */
export async function approve(io: Io, text: string, word: string, approval: Approval): Promise<void> {
  await write(io.stderr, visible(text))
  await agree(io, word, approval)
}

/** @throws UsageError where nobody can be asked, Cancelled for any other answer */
async function agree(io: Io, word: string, { yes = false }: Approval): Promise<void> {
  if (yes) return
  if (!io.isTerminal.stdin || !io.isTerminal.stderr)
    throw new UsageError(`nobody can be asked here whether to ${word} this: give --yes`)
  const answer = await io.askSecret(`Type "${word}" to ${word} this`)
  if (answer?.trim() !== word) throw new Cancelled()
}
