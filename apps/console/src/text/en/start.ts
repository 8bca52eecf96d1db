/** English: the first screens. */
export const startEn = {
  'start.title': 'Begin on this device',
  'start.invited': 'You are invited to {clinic}.',
  'start.no-keys': 'This device has no keys yet. Open the invitation link of your clinic here, or paste it.',
  'start.invitation': 'Invitation link',
  'start.name': 'Your name, as the other side will see it',
  'start.passphrase': 'Passphrase',
  'start.passphrase.help':
    'At least {least} characters; four unrelated words are good. It opens the keys on this device. Nobody can reset it.',
  'start.passphrase.again': 'Passphrase once more',
  'start.go': 'Make my keys',
  'start.working': 'Making keys …',
  'start.kit':
    'Did you lose a device? Begin with a new invitation; then bring your recovery kit under “Keys”.',
  'unlock.title': 'Unlock',
  'unlock.who': '{name} at {clinic}',
  'unlock.last': 'Last unlocked {when}',
  'unlock.never': 'Not unlocked yet',
  'unlock.idle': 'It locked by itself, as nobody used it for a while. What you wrote in a thread is kept.',
  'unlock.passkey': 'Unlock with passkey',
  'unlock.passphrase': 'Passphrase',
  'unlock.go': 'Unlock',
  'unlock.or': 'or',
  'unlock.working': 'Opening …',
  'unlock.invited':
    'This device has keys already. An invitation is for a new device: open the link there. Only if the clinic does not know this device any more, unlock it and use the link under “Keys”.',
  'unlock.help':
    'This works without a network. If you forgot the passphrase: a new invitation and your recovery kit bring the keys back. Then choose “Begin anew on this device”.',
  'unlock.anew': 'Begin anew on this device',
  'unlock.anew.help':
    'All keys and messages on this device are erased, and the clinic is told that it ended. Then you need a new invitation of the clinic; the recovery kit brings the keys back, and not the messages.',
  'start.untold':
    'The clinic could not be told that the device before ended. Tell it to end that device, or messages wait there for nobody.',
  'start.clinic.words': 'The clinic’s key in words:',
} as const
