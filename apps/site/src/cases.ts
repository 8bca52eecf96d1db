/** The cases of a file of tests, by their names, as far as the file spells them out. */

/** The end of what begins with a bracket at `start`: its strings may hold brackets of their own. */
function closing(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if ('\'"`'.includes(character)) at = endOfString(text, at)
    else if (text.startsWith('//', at)) at = Math.max(at, text.indexOf('\n', at))
    else if ('([{'.includes(character)) depth += 1
    else if (')]}'.includes(character)) depth -= 1
    if (depth === 0) return at
  }
  return text.length
}

function endOfString(text: string, start: number): number {
  const quote = text[start]
  let at = start + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  return at
}

/** The first argument of a call whose bracket is at `at`, where it is a text. */
function nameAt(text: string, at: number): string | null {
  const found = /^\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/.exec(text.slice(at, at + 600))
  return found === null ? null : (found[2] ?? '').replaceAll(/\\(.)/g, '$1')
}

/** `it('…')`, `it.each(table)('…')`, `it.runIf(is)('…')`: the first text behind the word. */
function nameBehind(text: string, start: number): string | null {
  let at = start
  while (text[at] === '.' || text[at] === '(') {
    if (text[at] === '.') at += /^\.\w*(?:<[^()]*>)?/.exec(text.slice(at, at + 200))?.[0].length ?? 1
    else {
      const name = nameAt(text, at)
      if (name !== null) return name
      at = closing(text, at) + 1
    }
  }
  return null
}

/** What is run of a suite that several packages have. */
const suiteCall = /\b(\w+Suite)\(/g

/** What is switched off by a comment is no case. */
const comment = /^[ \t]*(?:\/\/|\/?\*).*$/gm

/** @param whole text of a file in TypeScript or JavaScript; names of cases, and of the suites that it runs */
export function casesOf(whole: string): readonly string[] {
  const text = whole.replaceAll(comment, '')
  const cases = [...text.matchAll(/\b(?:it|test)(?=[.(])/g)].flatMap(({ 0: word, index }) => {
    const name = nameBehind(text, index + word.length)
    return name === null ? [] : [name]
  })
  const suites = [...text.matchAll(suiteCall)].flatMap(([, name = '']) => (name === '' ? [] : [name]))
  return [...cases, ...suites]
}
