import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Of `kdf-keyring`: a person can say that the clock is right. Named here, as the first screen loads no keyring. */
export const clockJumped = 'keyring/clock-jump'

/** What the page refuses beside what the packages and the server do. */
export interface ConsoleErrors {
  /** One answer for a passphrase that does not fit and for rows that were changed. */
  'console/wrong-passphrase': Record<never, never>
  /** The passkey answered, and what it gives does not open the keys of this device. */
  'console/wrong-passkey': Record<never, never>
  /** The passkey was not given, or the person said no. */
  'console/no-passkey': Record<never, never>
  /** This passkey has no secret to give (WebAuthn PRF), so that it cannot unlock. */
  'console/passkey-without-prf': Record<never, never>
  'console/short-passphrase': { least: number }
  'console/locked': Record<never, never>
  /** A row of this browser's storage does not open: it was changed, or is of other keys. */
  'console/damaged-row': { row: string }
  /** This browser keeps nothing for this page. */
  'console/no-storage': Record<never, never>
  /** The browser closed what it had stored, as when a person clears it. */
  'console/storage-closed': Record<never, never>
  /** What is stored here was written by a newer page. */
  'console/newer-page': Record<never, never>
  /** Nobody answers: no network, or no clinic at this address. */
  'console/offline': Record<never, never>
  /** A refusal of the clinic, by its own code. */
  'console/refused': { code: string; status: number; next: string; retryMs: number }
  /** The clinic names what it cannot read any more. */
  'console/damaged-there': Record<never, never>
  /** What the clinic answers is not what docs/spec/clinic-api.md says. */
  'console/bad-answer': { field: string }
  /** The log's key is another than the one of the first contact. */
  'console/other-log': Record<never, never>
  'console/no-invitation': Record<never, never>
  'console/no-slot': Record<never, never>
  'console/pairing-expired': Record<never, never>
  /** What came where the other side's card belongs is none, or is this side's own. */
  'console/no-card': Record<never, never>
  /** The other side stopped. */
  'console/pairing-left': Record<never, never>
  /** This side stopped after it had confirmed, and the other one may have, too. */
  'console/pairing-half': Record<never, never>
  /** One pairing at a time: another tab, or another screen, has one under way. */
  'console/pairing-elsewhere': Record<never, never>
  'console/kit-first': Record<never, never>
  /** One side of this pair blocks the other. */
  'console/blocked': Record<never, never>
  'console/too-large': { limitBytes: number }
  /** It can be shared as a record instead. */
  'console/message-too-large': { limitBytes: number }
  'console/no-code-in-picture': Record<never, never>
  'console/no-camera': Record<never, never>
  'console/other-kit': Record<never, never>
  /** Sheets of a kit of which the file of keys was never saved, and is gone. */
  'console/kit-not-saved': Record<never, never>
  /** A part of the page that is loaded when it is needed did not come. */
  'console/part-missing': Record<never, never>
  /** The clinic shows a request with less, or other, events than this device saw before. */
  'console/emergency-cut': Record<never, never>
  /** The key of the request is on the device that asked. */
  'console/emergency-elsewhere': Record<never, never>
  /** No roster of the clinic was taken here yet, or another one waits for a person. */
  'console/no-roster': Record<never, never>
  /** Between choosing a person and sharing, they got another device or key: a person looks again. */
  'console/person-changed': Record<never, never>
  /** This device knows of no such record, or its key was destroyed here. */
  'console/record-gone': Record<never, never>
  /** A step before this one has not reached the clinic. */
  'console/record-unsent': Record<never, never>
  /** The grant list is signed by another device than the one that shared the record. */
  'console/other-owner': Record<never, never>
  /** No entry of the grant list opens with a record key of this device. */
  'console/not-granted': Record<never, never>
  /** The payload that the clinic gave does not open with the key that was granted. */
  'console/damaged-record': Record<never, never>
  /** One conference at a time: another one of this device is on. */
  'console/conference-on': Record<never, never>
  /** The conference ended, or its keys are gone from this device. */
  'console/conference-over': Record<never, never>
  /** The care team ended, or this side is not in it any more. */
  'console/team-over': Record<never, never>
  /** Another tab or device holds the conference: nothing is said from here. */
  'console/conference-elsewhere': Record<never, never>
}

export const consoleError: ErrorFactory<ConsoleErrors> = defineErrors<ConsoleErrors>({
  'console/wrong-passphrase': "This passphrase does not open this device's keys.",
  'console/wrong-passkey': "This passkey does not open this device's keys.",
  'console/no-passkey': 'The passkey was not used.',
  'console/passkey-without-prf': 'This passkey cannot unlock: it gives no secret.',
  'console/short-passphrase': 'The passphrase must have at least {least} characters.',
  'console/locked': 'The device must be unlocked first.',
  'console/damaged-row': 'The row {row} of this device must open with its keys: it was changed.',
  'console/no-storage': 'The browser must keep data for this page.',
  'console/storage-closed': 'The storage of this page must stay open: it was closed.',
  'console/newer-page': 'The page must be as new as what it has stored here.',
  'console/offline': 'The clinic does not answer.',
  'console/refused': 'The clinic refused it ({code}, {status}). {next}',
  'console/damaged-there': 'What the clinic has stored of it is damaged.',
  'console/bad-answer': 'The answer of the clinic must be as agreed ({field}).',
  'console/other-log': "The clinic's log must have the key that this device saw first.",
  'console/no-invitation': 'The invitation must be a link with #invite= in it.',
  'console/no-slot': 'The code must hold the place where the answer goes (chartseal-slot:).',
  'console/pairing-expired': 'The code must be used within ten minutes: make a new one.',
  'console/no-card': "The other side's card must come from them: pair again.",
  'console/pairing-left': 'The other side must not stop before both have confirmed.',
  'console/pairing-half': 'The pairing must be confirmed by both sides before one stops.',
  'console/pairing-elsewhere': 'The pairing that is under way must end first.',
  'console/kit-first': 'The recovery kit must be made and checked before a message leaves.',
  'console/blocked': 'The pair must not be blocked by one of its sides.',
  'console/too-large': 'The file must have at most {limitBytes} bytes.',
  'console/message-too-large':
    'What is sent as a message must have at most {limitBytes} bytes: share it as a record instead.',
  'console/no-code-in-picture': 'The picture must show a QR code that can be read.',
  'console/no-camera': 'The camera must be allowed: use a file or type the text instead.',
  'console/other-kit': 'The sheet must be of the kit that was made last.',
  'console/kit-not-saved': 'The file of keys must be saved before its kit counts: make a new kit.',
  'console/part-missing': 'A part of the page must load: open the page again with a network.',
  'console/emergency-cut': 'The request must show all that this device saw of it before.',
  'console/emergency-elsewhere': 'The request must be opened on the device that asked.',
  'console/no-roster': 'The list of staff that this device believes must be the one that the clinic shows.',
  'console/person-changed': 'The person must have the device and the key that they were chosen with.',
  'console/record-gone': 'The record must be here with its key.',
  'console/record-unsent': 'The step before this one must reach the clinic first.',
  'console/other-owner': 'The grant list must be signed by the device that shared the record.',
  'console/not-granted': 'The grant list must have a key for this device.',
  'console/damaged-record': 'The payload must be what the grant list names.',
  'console/conference-on': 'The conference that is on must end before another one begins.',
  'console/conference-over': 'The conference must be on: it ended.',
  'console/team-over': 'The care team must go on, and this side be in it.',
  'console/conference-elsewhere': 'The conference must be held here: it is open elsewhere.',
})
