import { sealInvitation, wipeBook } from '@chartseal/clinic/conference'
import { type HeldBook, withBookFile } from '@chartseal/clinic/fs/conference'
import { formatMessage } from '@chartseal/wire'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { inFile, pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { inFolder } from '../../io/ring.js'
import { type MessageOptions, ringFolder, threadOptions, withThread } from '../message/options.js'
import { bookSeal, withFilePassphrase } from './file-passphrase.js'

interface InviteOptions extends MessageOptions {
  readonly conference: string
  readonly conferencePassphraseFile?: string
  readonly again?: boolean
}

export function inviteCommand(io: Io): Command {
  const command = describeCommand(
    'invite',
    'Seal an invitation for the patient of a ring; send it like any sealed message',
    'chartseal conference invite --conference round --ring okafor-rosa --patient PAT-12345',
  )
  return withFilePassphrase(withThread(command), '--conference-passphrase-file', 'the conference file')
    .requiredOption('--conference <file>', 'the conference file')
    .option('--again', 'for a patient who answered on a device that is gone: the old answer counts no more')
    .action((options: InviteOptions) => runInvite(io, options))
}

/** The book is durable before the counter of the ring is spent, and that before the message leaves. */
async function runInvite(io: Io, options: InviteOptions): Promise<void> {
  const { conference, again = false } = options
  const folder = ringFolder(options)
  const thread = { ...threadOptions(options), again }
  using seal = await bookSeal(io, conference, options.conferencePassphraseFile)
  const change = ({ book, store }: HeldBook): Promise<{ name: string; text: string }> =>
    inFolder(io, folder, options, async device => {
      const { result, device: after } = sealInvitation(book, device, thread, io)
      await store(result.book)
      wipeBook(result.book)
      return { result: { name: result.patient.name, text: formatMessage(result.message) }, device: after }
    })
  const sealed = await inFile(conference, () => withBookFile(pathOf(io, conference), change, { seal }))
  await finish(io, options, {
    text: `${sealed.text}\n`,
    answer: { name: sealed.name, message: sealed.text },
  })
}
