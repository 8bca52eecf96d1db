/** English: the page itself. */
export const aboutEn = {
  'about.title': 'About this page',
  'about.what':
    'Chartseal seals what doctors and patients write to each other. Keys are made in this browser and never leave it; the clinic’s server passes on what it cannot read.',
  'about.sees': 'What the server sees',
  'about.sees.messages':
    'Of a message: which device leaves it in which mailbox, when, and how large it is, in steps.',
  'about.sees.record':
    'Of a record: how large it is, which devices may read it until when, and which of them asked for its key, when and what for.',
  'about.sees.link': 'Of a link: its end, and what whoever opens it says of themselves.',
  'about.sees.team':
    'Of a care team: that the same bytes go to several mailboxes, and so who is in it together, when somebody writes, and how long it is.',
  'about.sees.conference':
    'Of a conference: which device holds it and until when, from which networks how many take part, when something is said, and how long it is.',
  'about.sees.prescription':
    'Of a prescription: which keys sign, how many units, and when; not which medicine, nor for whom.',
  'about.sees.emergency':
    'Of an emergency: the list of staff with their names, who asks for which record and why, who decides, and what they write about it: that is for many to read.',
  'about.sees.never': 'Never the text of a message, the files or their names, nor the name of a patient.',
  'about.code': 'Who gives you this page',
  'about.code.text':
    'The clinic does. A hostile operator could give other code to one person once. You can compare: the command line checks all files of this page against a release.',
  'about.code.command': 'chartseal console verify {origin}',
  'about.hash': 'Hash of this page’s files, as the clinic names it',
  'about.hash.none': 'The clinic names none.',
  'about.audit': 'Not audited by anybody yet.',
  'about.clinic': 'The clinic',
  'about.clinic.name': 'Name',
  'about.clinic.origin': 'Address',
  'about.clinic.log': 'Key of its log, as this device knows it',
  'about.clinic.words.help':
    'The clinic and everybody there see the same eight words. Whoever sees others is at another clinic, or is lied to.',
  'about.keys': 'Keyboard',
  'about.key.search': 'search patients',
  'about.key.move': 'next and previous patient',
  'about.key.open': 'open the patient',
  'about.key.back': 'back',
  'about.key.send': 'send the message',
} as const
