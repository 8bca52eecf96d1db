/** What a doctor types: commands start with a slash, everything else is said to everybody. */

export type HostLine =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'block'; readonly id: string }
  /** Reads on when there are so many members. */
  | { readonly kind: 'wait'; readonly members: number }
  | { readonly kind: 'who' | 'performance' | 'quit' | 'nothing' }
  | { readonly kind: 'unknown'; readonly command: string }

/** `//text` says a text that starts with a slash. */
export function parseHostLine(line: string): HostLine {
  if (line === '') return { kind: 'nothing' }
  if (line.startsWith('//')) return { kind: 'say', text: line.slice(1) }
  if (!line.startsWith('/')) return { kind: 'say', text: line }
  const [, command = '', argument = ''] = /^\/(\S*)(?: (.*))?$/s.exec(line) ?? []
  switch (command) {
    case 'who':
    case 'performance':
    case 'quit':
      return argument === '' ? { kind: command } : { kind: 'unknown', command: line }
    case 'block':
      return argument === '' ? { kind: 'unknown', command: line } : { kind: 'block', id: argument }
    case 'wait':
      return /^[0-9]{1,4}$/.test(argument)
        ? { kind: 'wait', members: Number(argument) }
        : { kind: 'unknown', command: line }
    default:
      return { kind: 'unknown', command: line }
  }
}

export const hostHelp = `
Lines on stdin:
  /block ID       blocks a patient for two minutes
  /who            lists who is in
  /wait N         reads on when N patients are in (for scripts)
  /performance    shows calls and average time of each primitive
  /quit           ends the conference; so does the end of the input
  anything else   is said to everybody; // at the start stands for /`
