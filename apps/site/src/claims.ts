/** What the pages claim with a link to a test, in the words of the pages. */
import { parseMarkdown, Slugs, type Token, textToken, wordsOf } from './markdown.js'

export interface Claim {
  /** The page, a file of the repository. */
  readonly page: string
  /** Of the page, by its heading. */
  readonly part: { readonly text: string; readonly id: string }
  /** The tokens that say it, without those of its links in a column of their own. */
  readonly says: readonly Token[]
  /** Files of the repository, or whatever the links name. */
  readonly tests: readonly string[]
}

/** @param target of a link of `page`; the file of the repository when it is one that tests, `null` otherwise */
export type TestOf = (page: string, target: string) => string | null

const targetOf = (token: Token): string | null =>
  token.type === 'link_open' ? `${token.attrGet('href') ?? ''}` : null

/** Cuts the words of a paragraph behind each sentence, and leaves links and marks whole. */
function sentences(children: readonly Token[]): readonly (readonly Token[])[] {
  const done: Token[][] = []
  let open: Token[] = []
  let depth = 0
  for (const token of children) {
    depth += token.nesting
    if (token.type === 'text' && depth === 0) {
      const pieces = token.content.split(/(?<=[.!?])\s+(?=\S)/)
      for (const [at, piece] of pieces.entries()) {
        if (at > 0) {
          done.push(open)
          open = []
        }
        open.push(textToken(piece))
      }
    } else if (token.type === 'softbreak' && depth === 0 && endsSentence(open)) {
      done.push(open)
      open = []
    } else open.push(token)
  }
  return [...done, open].filter(one => one.length > 0)
}

const endsSentence = (tokens: readonly Token[]): boolean => /[.!?]$/.test(tokens.at(-1)?.content ?? '')

/** A cell of links alone says nothing by itself: the first cell of its row says it. */
function isOnlyLinks(children: readonly Token[]): boolean {
  let depth = 0
  let words = ''
  for (const token of children) {
    depth += token.nesting
    if (depth === 0 && token.type === 'text') words += token.content
  }
  return children.some(token => token.type === 'link_open') && /^[\s,;()–…]*(?:and)?[\s,;()–…]*$/.test(words)
}

class Reader {
  readonly #page: string
  readonly #slugs: Slugs = new Slugs()
  readonly #testOf: TestOf
  readonly claims: Claim[] = []
  /** Rows of tables of promises that lead to no test. */
  readonly bare: string[] = []
  #part: Claim['part'] = { text: '', id: '' }
  #row: Token[] | null = null
  #head: readonly string[] = []

  constructor(page: string, testOf: TestOf) {
    this.#page = page
    this.#testOf = testOf
  }

  read(tokens: readonly Token[]): void {
    for (const [at, token] of tokens.entries()) {
      if (token.type === 'heading_open') this.#begin(tokens[at + 1])
      else if (token.type === 'tr_open') this.#row = []
      else if (token.type === 'tr_close') this.#endRow()
      else if (token.type === 'table_close') this.#head = []
      else if (token.type === 'inline' && this.#row !== null) this.#row.push(token)
      else if (token.type === 'inline') this.#prose(token.children ?? [])
    }
  }

  #begin(inline: Token | undefined): void {
    const text = wordsOf(inline)
    this.#part = { text, id: this.#slugs.next(text) }
  }

  #tests(children: readonly Token[]): readonly string[] {
    const tests = children.flatMap(token => {
      const target = targetOf(token)
      const test = target === null ? null : this.#testOf(this.#page, target)
      return test === null ? [] : [test]
    })
    return [...new Set(tests)]
  }

  #keep(says: readonly Token[], tests: readonly string[]): void {
    if (tests.length > 0) this.claims.push({ page: this.#page, part: this.#part, says, tests })
  }

  #prose(children: readonly Token[]): void {
    for (const one of sentences(children)) this.#keep(one, this.#tests(one))
  }

  #endRow(): void {
    const cells = (this.#row ?? []).map(cell => cell.children ?? [])
    this.#row = null
    const [first = []] = cells
    if (this.#head.length === 0) {
      this.#head = cells.map(cell => cell.map(({ content }) => content).join(''))
      return
    }
    const shown = this.#head.indexOf('shown by')
    if (shown >= 0 && this.#tests(cells[shown] ?? []).length === 0)
      this.bare.push(
        `${this.#page}: “${first.map(({ content }) => content).join('')}” is promised and leads to no test`,
      )
    for (const [at, cell] of cells.entries()) {
      if (at > 0 && isOnlyLinks(cell)) this.#keep(first, this.#tests(cell))
      else this.#prose(cell)
    }
  }
}

/** @param page a file of the repository */
export function claimsOf(
  page: string,
  text: string,
  testOf: TestOf,
): { readonly claims: readonly Claim[]; readonly bare: readonly string[] } {
  const reader = new Reader(page, testOf)
  reader.read(parseMarkdown(text))
  return reader
}
