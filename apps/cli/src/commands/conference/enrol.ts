import { acknowledge } from '@chartseal/clinic'
import { enrolledOf, enrolPatient, wipeBook } from '@chartseal/clinic/conference'
import { withDeviceFolder } from '@chartseal/clinic/fs'
import { type HeldBook, withBookFile } from '@chartseal/clinic/fs/conference'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { inFile, pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { folderOptions } from '../../io/ring.js'
import {
  type MessageOptions,
  messageIn,
  naming,
  ringFolder,
  threadOptions,
  withThread,
} from '../message/options.js'
import { bookSeal, withFilePassphrase } from './file-passphrase.js'

interface EnrolOptions extends MessageOptions {
  readonly conference: string
  readonly conferencePassphraseFile?: string
}

export function enrolCommand(io: Io): Command {
  const command = describeCommand(
    'enrol',
    'Read the answer to an invitation: from now on this patient may come in',
    'chartseal conference enrol --conference round --ring okafor-rosa --patient PAT-12345 answer.sealed',
  )
  return withFilePassphrase(withThread(command), '--conference-passphrase-file', 'the conference file')
    .requiredOption('--conference <file>', 'the conference file; a host that is running takes it up')
    .argument('[files...]', 'the answer or its parts, as they were pasted; - is stdin', ['-'])
    .action((files: readonly string[], options: EnrolOptions) => runEnrol(io, files, options))
}

async function runEnrol(io: Io, files: readonly string[], options: EnrolOptions): Promise<void> {
  const { conference } = options
  const message = await messageIn(io, files)
  using seal = await bookSeal(io, conference, options.conferencePassphraseFile)
  const { name, enrolled } = await inFile(conference, () =>
    withBookFile(pathOf(io, conference), held => enrolHeld(io, held, message, options), { seal }),
  )
  await finish(io, options, {
    text: `${name} may come in. Enrolled so far: ${enrolled}\n`,
    answer: { name, enrolled },
  })
}

/** The book is durable before the answer counts as opened: killed in between, the same answer enrols again. */
async function enrolHeld(
  io: Io,
  { book, store }: HeldBook,
  message: Uint8Array,
  options: EnrolOptions,
): Promise<{ readonly name: string; readonly enrolled: number }> {
  const thread = threadOptions(options)
  return withDeviceFolder(await folderOptions(io, ringFolder(options), options), async place => {
    const enrolled = await place.change(async device => {
      const { result, device: after } = naming(options, () => enrolPatient(book, device, message, thread, io))
      await store(result.book)
      return { result, device: after }
    })
    await place.change(device => acknowledge(device, enrolled.answer))
    const many = enrolledOf(enrolled.book).length
    wipeBook(enrolled.book)
    return { name: enrolled.patient.name, enrolled: many }
  })
}
