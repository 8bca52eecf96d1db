/** Markdown as HTML: what the pages of the repository use, and nothing that a page could do more with. */
import MarkdownIt, { type Token } from 'markdown-it'
import { figureOf } from './diagram.js'
import { escapeHtml } from './html.js'

export type { Token } from 'markdown-it'

export interface Heading {
  readonly level: number
  readonly id: string
  readonly text: string
}

export interface Rendered {
  readonly title: string
  readonly html: string
  readonly headings: readonly Heading[]
}

/** What a page leads to, as its HTML names it. */
export type Resolve = (target: string) => string

const parser = new MarkdownIt({ html: true })
const { rules } = parser.renderer

/** Comments tell the checks of a page something, and its reader nothing. */
const isComment = (html: string): boolean => /^\s*(?:<!--[\s\S]*?-->\s*)*$/.test(html)

function rawHtml(tokens: readonly Token[], at: number): string {
  const { content = '' } = tokens[at] ?? {}
  if (isComment(content)) return ''
  if (/^<br ?\/?>$/.test(content)) return '<br>'
  // A name without a heading, as rows of the reference have it.
  const name = /^<a id="([\w-]+)">$/.exec(content)?.[1]
  if (name !== undefined && tokens[at + 1]?.content === '</a>') return `<span id="${name}">`
  if (content === '</a>' && /^<a id=/.test(tokens[at - 1]?.content ?? '')) return '</span>'
  throw new Error(`HTML of its own: ${content.trim().slice(0, 60)}`)
}
rules.html_block = rawHtml
rules.html_inline = rawHtml
rules.table_open = () => '<div class="wide" role="group" tabindex="0" aria-label="Table"><table>\n'
rules.table_close = () => '</table></div>\n'
rules.fence = (tokens, at) => {
  const { content = '', info = '' } = tokens[at] ?? {}
  if (info === 'mermaid') return figureOf(content, `diagram-${at}`)
  return `<pre tabindex="0"><code>${escapeHtml(content)}</code></pre>\n`
}

/** One more text, as the parser makes them. */
export function textToken(content: string): Token {
  const token = new MarkdownIt.Token('text', '', 0)
  token.content = content
  return token
}

export const parseMarkdown = (text: string): readonly Token[] => parser.parse(text, {})

/** The words of one inline token, as a reader sees them. */
export const wordsOf = (inline: Token | undefined): string =>
  (inline?.children ?? [])
    .map(({ type, content }) => (type === 'softbreak' ? ' ' : type === 'html_inline' ? '' : content))
    .join('')

/** Gives the names that hosts of repositories give to headings: check-docs asks for these. */
export class Slugs {
  readonly #seen = new Map<string, number>()

  next(text: string): string {
    const slug = text
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    const times = this.#seen.get(slug) ?? 0
    this.#seen.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  }
}

/** Every link and picture of a page leads where the site has it. */
function turnLinks(tokens: readonly Token[], resolve: Resolve): void {
  for (const token of tokens) {
    for (const name of ['href', 'src']) {
      const target = token.attrGet(name)
      if (target !== null) token.attrSet(name, resolve(`${target}`))
    }
    turnLinks(token.children ?? [], resolve)
  }
}

/** A policy without inline styles: columns have classes. A head without words is no head. */
function plainCells(tokens: readonly Token[]): void {
  for (const [at, token] of tokens.entries()) {
    if (token.type !== 'th_open' && token.type !== 'td_open') continue
    const align = /text-align: ?(\w+)/.exec(`${token.attrGet('style') ?? ''}`)?.[1]
    token.attrs = align === undefined ? null : [['class', `to-${align}`]]
    const close = tokens[at + 2]
    if (token.type !== 'th_open' || tokens[at + 1]?.content !== '' || close === undefined) continue
    token.tag = 'td'
    close.tag = 'td'
  }
}

function nameHeadings(tokens: readonly Token[]): readonly Heading[] {
  const slugs = new Slugs()
  return tokens.flatMap((token, at) => {
    if (token.type !== 'heading_open') return []
    const text = wordsOf(tokens[at + 1])
    const id = slugs.next(text)
    token.attrSet('id', id)
    return [{ level: Number(token.tag.slice(1)), id, text }]
  })
}

/** @throws Error for HTML of its own, and for a diagram that cannot be drawn */
export function renderMarkdown(text: string, resolve: Resolve): Rendered {
  const tokens = parser.parse(text, {})
  turnLinks(tokens, resolve)
  plainCells(tokens)
  const headings = nameHeadings(tokens)
  const html = parser.renderer.render(tokens, parser.options, {})
  return { title: headings[0]?.text ?? '', html, headings }
}

/** Of one inline token, for a page that quotes it. */
export function renderInline(children: readonly Token[], resolve: Resolve): string {
  turnLinks(children, resolve)
  return parser.renderer.renderInline([...children], parser.options, {})
}
