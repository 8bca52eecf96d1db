/** English: what failed, and what to do. */
export const errorsEn = {
  'error.next': 'What now: {next}',
  'error.unknown': 'Something went wrong here ({code}). Nothing was lost; try again.',
  'error.wrong-passphrase':
    'This passphrase does not open this device’s keys. Try again; a passkey opens them, too, where there is one.',
  'error.wrong-passkey': 'This passkey does not open this device’s keys. Use the passphrase.',
  'error.no-passkey': 'The passkey was not used. Try again, or use the passphrase.',
  'error.passkey-without-prf':
    'This passkey cannot unlock: it keeps no secret for pages. Keep to the passphrase, or take another passkey.',
  'error.short-passphrase': 'The passphrase needs at least {least} characters.',
  'error.passphrases-differ': 'The two passphrases differ.',
  'error.name': 'Write the name that the other side will see: 1 to 64 characters.',
  'error.damaged-row':
    'Something that this device stored was changed and does not open. Your recovery kit brings the keys back.',
  'error.no-storage':
    'This browser keeps nothing for this page, so there is no place for your keys. Use a window that is not private, and allow data of this site.',
  'error.storage-closed': 'The browser closed what this page had stored. Load the page again.',
  'error.newer-page':
    'A newer version of this page is in use on this device. Load the page again to use the newer page.',
  'error.offline': 'The clinic does not answer. This needs the network: try again when it is back.',
  'error.refused': 'The clinic refused this ({code}).',
  'error.disk-full':
    'The disk is full, or the browser gives this page no more room. Nothing that is shown as sealed was lost; what is typed here is not kept. Make room, then try again.',
  'error.locked': 'The device was locked meanwhile. Unlock it and try again.',
  'error.bad-answer': 'The clinic answers what it must not. What you wrote stays here. Tell the clinic.',
  'error.other-log':
    'The clinic’s log has another key than this device knows. Nothing is sent. Compare the words with the clinic, in person.',
  'error.no-invitation': 'This is not an invitation. It is a link of the clinic with #invite= in it.',
  'error.invitation-used': 'This invitation was used, or is too old. Ask the clinic for a new link.',
  'error.device-ended':
    'The clinic does not take anything from this device any more. End it under “Keys”; then begin with a new invitation and your recovery kit.',
  'error.unknown-device':
    'The clinic does not know this device; it may have been set back to an older day. Do not erase anything: what you wrote waits here. Ask the clinic for an invitation, and use it under “Keys”.',
  'error.no-slot': 'This is not a code of this page: part of it is missing. Copy all of it.',
  'error.pairing-expired': 'This code is over. Make a new one: each is good for ten minutes and for one use.',
  'error.digits-differ':
    'The digits differ. Somebody may stand between you. Nothing was kept: begin again with a new code.',
  'error.pairing-left': 'The other side stopped. Begin again with a new code.',
  'error.pairing-half':
    'You stopped after you had confirmed. If the other side says that it is paired with you, pair again: nothing that is written there opens here.',
  'error.pairing-elsewhere':
    'A pairing is under way in another tab. End it there; by itself it ends within ten minutes.',
  'error.kit-first': 'First make the recovery kit and scan one sheet back. No message leaves before that.',
  'error.blocked': 'One of you blocks the other: nothing is sent.',
  'error.too-large': 'The file is too large: at most {limit}.',
  'error.too-large.message':
    'The file is too large for a message: at most {limit}. Share it as a record instead.',
  'error.no-code-in-picture':
    'There is no QR code in this picture that can be read. Try a sharper one, or paste the text.',
  'error.no-camera': 'The camera is not to be had. Use a picture or the text.',
  'error.other-kit': 'This sheet is of another kit than those that were made on this device and still count.',
  'error.kit-not-saved':
    'This sheet is sound, but the file of keys of its kit was not saved, and it is gone. Make a new kit, and destroy these sheets.',
  'error.part-missing':
    'A part of this page did not load. Look at the network and open the page again: what is stored here is not lost.',
  'error.person-changed':
    'Somebody whom you chose has another device or key since. Look again who is chosen, then share.',
  'error.record-gone': 'This device does not have this record, or its key was destroyed.',
  'error.record-unsent': 'The step before has not reached the clinic yet. Try again when it answers.',
  'error.other-owner':
    'The clinic shows the list of readers of another device, or of another record, than the one that was shared with you. Nothing was opened. Tell the clinic, and ask who shared it.',
  'error.older-list':
    'The clinic shows an older list of readers than this device has seen, or another one of the same number. Nothing was opened. Tell the clinic.',
  'error.not-granted': 'The newest list of readers has no key for this device. Ask who shared it.',
  'error.damaged-record': 'What the clinic gave is not what was sealed. Nothing was opened. Tell the clinic.',
  'error.not-given':
    'This record is not given to you: it was taken back, or its time is over. Ask who shared it.',
  'error.purpose': 'It is not shared for this purpose. Choose another one, or ask who shared it.',
  'error.no-room': 'The clinic has no more room for your records. Destroy some that nobody needs.',
  'error.no-records': 'This clinic keeps no records.',
  'error.conference-on': 'One conference at a time: end the one that is on first.',
  'error.conference-over': 'This conference ended.',
  'error.team-over': 'You are not in this care team any more.',
  'error.team-behind': 'This device was set back to an older day. Make new keys for everybody first.',
  'error.conference-elsewhere': 'This conference is open elsewhere: nothing is said from here.',
  'error.conference-damaged':
    'What this device stored of the conference does not open. End it, or remove it, and begin another one.',
  'error.conference-title': 'Write a title of one line, not too long.',
  'error.conference-full':
    'This clinic has as many conferences as it can. Try again later, or tell the clinic.',
  'error.word-long': 'This is too long to be said at once. Say it in parts.',
  'error.bad-sheet': 'This is no sheet of a recovery kit, or part of it is missing.',
  'error.too-few-shares': 'These sheets are not enough: two different ones are needed.',
  'error.not-found': 'This text is not what is asked for here, or part of it is missing. Copy all of it.',
  'error.no-card': 'What came is not the address of the other side. Pair again.',
  'error.clock':
    'Messages wait: this device was not used for long, or its clock jumped. If the date is wrong, set it right and unlock again.',
  'error.clock-behind':
    'The keys are of a later month than the clock of this device. Set the clock right; if it is right, pair again.',
} as const
