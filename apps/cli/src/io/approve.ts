/** A person reads what they are about to sign, and says so. */
import { visible } from '@chartseal/core/text'
import { Cancelled, UsageError } from './errors.js'
import { type Io, write } from './io.js'

/** The text stands alone before the question. @throws Cancelled; UsageError where nobody can be asked */
export async function approve(
  io: Io,
  text: string,
  word: string,
  { yes = false }: { readonly yes?: boolean },
): Promise<void> {
  await write(io.stderr, visible(text))
  if (yes) return
  if (!io.isTerminal.stdin || !io.isTerminal.stderr)
    throw new UsageError(`nobody can be asked here whether to ${word} this: give --yes`)
  const answer = await io.askSecret(`Type "${word}" to ${word} this`)
  if (answer?.trim() !== word) throw new Cancelled()
}
