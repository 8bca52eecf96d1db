/** The end of opening, the same for texts and attachments. */
import { acknowledge, type OpenedOnce } from '@chartseal/clinic'
import type { DeviceFolder } from '@chartseal/clinic/fs'
import type { Header } from '@chartseal/wire'
import { type Io, writeLine } from '../../io/io.js'
import type { Staged } from '../../io/output.js'
import type { MessageOptions } from './options.js'

export interface OpenOptions extends MessageOptions {
  readonly again?: boolean
  readonly lenient?: boolean
}

/** Puts what is staged in its place and acknowledges it. */
export async function publish(io: Io, place: DeviceFolder, header: Header, staged: Staged): Promise<void> {
  try {
    await staged.publish()
  } catch (error) {
    await staged.discard()
    throw error
  }
  try {
    await place.change(device => acknowledge(device, header))
  } catch {
    // The content has arrived; that it can be opened once more harms nobody.
    await writeLine(
      io.stderr,
      'The content is written, but this could not be noted: it can be opened once more.',
    )
  }
}

const notes: Readonly<Record<OpenedOnce['before'], string | null>> = {
  no: null,
  unwritten: 'This message was opened before, but its content may not have arrived.',
  yes: 'This message was opened before.',
}

/** Says on stderr what the content does not show: that it is not new, or that nobody but this side wrote it. */
export async function noteAbout(
  io: Io,
  { before, sealedBy }: Pick<OpenedOnce, 'before' | 'sealedBy'>,
): Promise<void> {
  const note = notes[before]
  if (note !== null) await writeLine(io.stderr, note)
  if (sealedBy === 'own')
    await writeLine(io.stderr, 'Note: your own side sealed this, on this device or another one of yours.')
}
