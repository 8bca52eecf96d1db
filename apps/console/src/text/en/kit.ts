/** English: the recovery kit. */
export const kitEn = {
  'kit.title': 'Recovery kit',
  'kit.why':
    'If this device is lost, two of three sheets and one file bring your keys back, and your prescriptions as they were when the kit was made. Nobody else can: not the clinic, not us. No message leaves before the kit is made and one sheet is scanned back.',
  'kit.none': 'There is nothing to save yet: pair first.',
  'kit.covered': 'All keys of this device are in a kit. Last checked {when}.',
  'kit.uncovered.one': 'One person is in no checked kit.',
  'kit.uncovered.other': '{count} people are in no checked kit.',
  'kit.holders': 'Who keeps the sheets',
  'kit.holding': 'Who holds which sheet of the kit that counts',
  'kit.holder': 'Sheet {n}',
  'kit.holder.1': 'Myself, at home',
  'kit.holder.2': 'A person I trust',
  'kit.holder.3': 'Another place',
  'kit.make': 'Make the kit',
  'kit.making': 'Making the kit …',
  'kit.again': 'Make a new kit',
  'kit.step.print': '1. Print the three sheets',
  'kit.step.file': '2. Save the file of keys',
  'kit.step.scan': '3. Scan one sheet back',
  'kit.print': 'Print the sheets',
  'kit.save': 'Save the file',
  'kit.saved': 'Saved. It opens only with two sheets: keep copies wherever you like.',
  'kit.unfinished':
    'A kit was made {when}, and its file was saved. If its sheets are printed, scan one of them now; otherwise make a new kit.',
  'kit.scan.first': 'First save the file: sheets alone bring nothing back.',
  'kit.drill': 'Check a sheet again',
  'kit.restored.none': 'Everybody in this kit is here already.',
  'kit.scan.lead': 'Take one printed sheet. This shows that the print can be read.',
  'kit.scan.text': 'Text of the sheet',
  'kit.scan.go': 'Check this sheet',
  'kit.checked': 'The sheet is sound: messages can leave.',
  'kit.next': 'To the messages',
  'kit.sheet': 'Recovery sheet {n} of 3',
  'kit.sheet.for': 'Kept by: {holder}',
  'kit.sheet.of': 'Keys of {name}, {clinic}, made {when}',
  'kit.sheet.how':
    'Two of the three sheets and the file of keys bring the keys back. One sheet alone opens nothing. Give it to nobody whom you do not trust with that.',
  'kit.sheet.text': 'If the code cannot be scanned, type this:',
  'kit.sheet.alt': 'QR code of sheet {n}',
  'kit.gone':
    'The sheets are on this screen only until you leave it. Once they are printed and the file is saved, a sheet can be scanned back later, too.',
  'kit.restore': 'Bring keys back from a kit',
  'kit.restore.lead': 'You need the file of keys and two of the three sheets.',
  'kit.way.invitation':
    'Ask the clinic for a new invitation. It can do that only in person or on a call where it knows you.',
  'kit.way.anew':
    'Open it on another device. To use this one, begin anew here first: all keys and messages on it are erased.',
  'kit.way.sheets': 'Under “Keys”, bring the kit: the file of keys, and two of the three sheets.',
  'kit.restore.file': 'File of keys',
  'kit.restore.sheet': 'Add a sheet',
  'kit.restore.have': 'File: {file}. Sheets: {sheets} of 2.',
  'kit.restore.yes': 'there',
  'kit.restore.no': 'missing',
  'kit.restore.go': 'Bring the keys back',
  'kit.restored.one':
    'You can write with one person again, and they are told where you are now. These sheets are used: make a new kit, then messages leave.',
  'kit.restored.other':
    'You can write with {count} people again, and they are told where you are now. These sheets are used: make a new kit, then messages leave.',
  'kit.record-key':
    'The kit that counts was made before this device had its record key. Make a new one: before that, records that others share with you are lost with this device, or cannot be shared at all.',
  'kit.records':
    'Records and links that you gave out are in no kit. From a new device nobody can take them back: they end when the clinic ends the lost device.',
} as const
