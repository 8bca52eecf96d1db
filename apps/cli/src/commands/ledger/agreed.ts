/** What cannot be taken back is done when a person types the word for it. */
import { Cancelled, UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'

/** @throws UsageError where nobody can be asked, Cancelled for any other answer */
export async function agreed(io: Io, isAgreed: boolean, word: string): Promise<void> {
  if (isAgreed) return
  if (!io.isTerminal.stdin || !io.isTerminal.stderr)
    throw new UsageError(`nobody can be asked here whether to ${word} this: give --yes`)
  const answer = await io.askSecret(`Type "${word}" to ${word} this`)
  if (answer?.trim() !== word) throw new Cancelled()
}
