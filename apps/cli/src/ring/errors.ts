import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a folder with a ring refuses beside what the packages do. */
export interface RingFolderErrors {
  'ring/no-folder': { folder: string }
  'ring/exists': { folder: string }
  'ring/damaged': { file: string; reason: string }
  /** Another process has held the folder for longer than this one waits. */
  'ring/busy': { seconds: number }
  /** Nobody is paired with yet. */
  'ring/not-paired': Record<never, never>
  /** Somebody is paired with already: a folder holds one pair. */
  'ring/paired': Record<never, never>
  'pair/nothing-begun': { side: 'show' | 'accept' }
  'pair/digits-differ': Record<never, never>
  'pair/no-qr': Record<never, never>
  'pair/malformed': { expected: string }
  'message/replayed': Record<never, never>
  'message/too-old': Record<never, never>
  /** A message of the other version than was asked for. */
  'message/other-version': { hint: string }
}

export const ringFolderError: ErrorFactory<RingFolderErrors> = defineErrors<RingFolderErrors>({
  'ring/no-folder': '{folder} holds no ring. Make one: chartseal ring create {folder}',
  'ring/exists': '{folder} holds a ring already.',
  'ring/damaged': 'The file {file} of the ring cannot be read: {reason}',
  'ring/busy': 'Another process has held the ring for {seconds} seconds.',
  'ring/not-paired': 'Nobody is paired with yet. See: chartseal pair --help',
  'ring/paired': 'This folder is paired already. Each pair needs a folder of its own.',
  'pair/nothing-begun': 'No pairing was begun here with: chartseal pair {side}',
  'pair/digits-differ': 'The digits differ: somebody may be in between. This pairing is void.',
  'pair/no-qr': 'There is no QR code in the image that can be read.',
  'pair/malformed': 'Not a text that starts with {expected}',
  'message/replayed': 'This message was opened before.',
  'message/too-old': 'This message is older than the last 1,024 of its key: it may have been opened before.',
  'message/other-version': 'This is a message of the other version. {hint}',
})
