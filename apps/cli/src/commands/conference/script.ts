/** What is typed: commands start with a slash, everything else is said. Text cannot be mistaken for a command. */

export type HostLine =
  | { readonly kind: 'say'; readonly text: string; readonly emergency: boolean }
  | { readonly kind: 'direct'; readonly patient: string; readonly text: string }
  | { readonly kind: 'block'; readonly patient: string; readonly untilLifted: boolean }
  | { readonly kind: 'unblock'; readonly patient: string }
  /** Reads on when so many patients are connected. */
  | { readonly kind: 'wait'; readonly patients: number }
  /** Reads on when everybody who is connected has received everything. */
  | { readonly kind: 'wait-received' }
  | { readonly kind: 'who' | 'performance' | 'pause' | 'quit' | 'nothing' }
  | { readonly kind: 'unknown'; readonly command: string }

export type GuestLine =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'performance' | 'pause' | 'quit' | 'nothing' }
  | { readonly kind: 'unknown'; readonly command: string }

/**
 * `//text` says a text that starts with a slash.
 * @param names of the patients
 */
export function parseHostLine(line: string, names: () => readonly string[] = () => []): HostLine {
  const { command, argument } = wordsOf(line)
  if (command === null) return argument === '' ? { kind: 'nothing' } : said(argument, false)
  const unknown: HostLine = { kind: 'unknown', command: line }
  switch (command) {
    case 'who':
    case 'performance':
    case 'pause':
    case 'quit':
    case 'wait-received':
      return argument === '' ? { kind: command } : unknown
    case 'emergency':
      return argument === '' ? unknown : said(argument, true)
    case 'block':
      return argument === '' ? unknown : { kind: 'block', patient: argument, untilLifted: false }
    case 'ban':
      return argument === '' ? unknown : { kind: 'block', patient: argument, untilLifted: true }
    case 'unblock':
      return argument === '' ? unknown : { kind: 'unblock', patient: argument }
    case 'to':
      return directOf(argument, names) ?? unknown
    case 'wait':
      return /^[0-9]{1,6}$/.test(argument) ? { kind: 'wait', patients: Number(argument) } : unknown
    default:
      return unknown
  }
}

/** The same of a patient, whose words go to the doctor alone. */
export function parseGuestLine(line: string): GuestLine {
  const { command, argument } = wordsOf(line)
  if (command === null) return argument === '' ? { kind: 'nothing' } : { kind: 'say', text: argument }
  const isPlain = argument === ''
  if (isPlain && (command === 'quit' || command === 'pause' || command === 'performance'))
    return { kind: command }
  return { kind: 'unknown', command: line }
}

const said = (text: string, emergency: boolean): HostLine => ({ kind: 'say', text, emergency })

/** `command`: `null` for what is said. */
function wordsOf(line: string): { readonly command: string | null; readonly argument: string } {
  if (line.startsWith('//')) return { command: null, argument: line.slice(1) }
  if (!line.startsWith('/')) return { command: null, argument: line }
  const [, command = '', argument = ''] = /^\/(\S*)(?: (.*))?$/s.exec(line) ?? []
  return { command, argument }
}

/** `NAME: text`; of names with a colon in them the longest counts, and else it ends at the first with a space behind it. */
function directOf(argument: string, names: () => readonly string[]): HostLine | null {
  const known = names().filter(name => argument.startsWith(`${name}: `))
  const longest = known.reduce((best, name) => Math.max(best, name.length), 0)
  const at = longest > 0 ? longest : argument.indexOf(': ')
  const [patient, text] = [argument.slice(0, Math.max(at, 0)), argument.slice(at + 2)]
  return at < 1 || text === '' ? null : { kind: 'direct', patient, text }
}

export const hostHelp = `
Lines on stdin:
  /emergency TEXT  says it as an emergency; the list shows who has it
  /to NAME: TEXT   to this patient alone
  /block NAME      out for two minutes; /ban NAME until /unblock NAME
  /who             lists the patients
  /wait N          reads on when N patients are connected (for scripts)
  /wait-received   reads on when all who are connected have received everything
  /performance     calls and average time of each primitive
  /pause           ends this process: patients wait until it runs again
  /quit            ends it for all and destroys its keys; so does Ctrl-C
  anything else    is said to everybody; // at the start stands for /`

export const guestHelp = `
Lines on stdin go to the doctor alone; // at the start stands for /
  /performance     calls and average time of each primitive
  /pause           ends this process; what is said meanwhile comes later
  /quit            leaves; so does Ctrl-C. The end of the input does not.`
