/** The finished site: every link of every page leads to a page and a place in it. */
import { posix } from 'node:path'

export type Files = ReadonlyMap<string, string | Uint8Array>

const idsOf = (html: string): readonly string[] =>
  [...html.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id)

const targetsOf = (html: string): readonly string[] =>
  [...html.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, target = '']) => target.replaceAll('&amp;', '&'))

const isOutside = (target: string): boolean => /^[a-z]+:/i.test(target)

function linkFindings(
  page: string,
  html: string,
  ids: ReadonlyMap<string, ReadonlySet<string>>,
  files: Files,
): readonly string[] {
  return targetsOf(html)
    .filter(target => !isOutside(target))
    .flatMap(target => {
      const [path = '', anchor = ''] = target.split('#')
      const file = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path))
      if (!files.has(file)) return [`${page}: the link to ${target} leads nowhere`]
      if (anchor === '' || ids.get(file)?.has(decodeURIComponent(anchor)) === true) return []
      return [`${page}: ${file} has no place #${anchor}`]
    })
}

/** Names that a page has twice lead to the first of the two. */
function doubledFindings(page: string, ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map(
    id => `${page}: #${id} is there twice`,
  )
}

/** What its policy would forbid, and a server without one would let through. */
function policyFindings(page: string, html: string): readonly string[] {
  const forbidden = /<(script|style|iframe|object|form)\b| style="| on[a-z]+="/.exec(html)
  return forbidden === null ? [] : [`${page}: ${forbidden[0].trim()} has no place in a page`]
}

export function siteFindings(files: Files): readonly string[] {
  const pages = [...files].flatMap(([path, text]) =>
    path.endsWith('.html') && typeof text === 'string' ? [{ path, text, ids: idsOf(text) }] : [],
  )
  const ids = new Map(pages.map(page => [page.path, new Set(page.ids)]))
  return pages.flatMap(({ path, text, ids: own }) => [
    ...linkFindings(path, text, ids, files),
    ...doubledFindings(path, own),
    ...policyFindings(path, text),
  ])
}
