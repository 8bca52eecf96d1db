/** Sealed texts among the lines of a chat or a file. */
import { inspectMessage, joinParts, parseMessage } from '@chartseal/wire'

/** The lines that are not empty, without the space that chats and editors put around them. */
export function textsIn(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}

/** The message that these texts are, whole or in parts. @throws ChartsealError `message/…` */
export function wholeMessage(texts: readonly string[]): Uint8Array {
  const [only = '', ...others] = texts
  return others.length === 0 && inspectMessage(only).part === null ? parseMessage(only) : joinParts(texts)
}
