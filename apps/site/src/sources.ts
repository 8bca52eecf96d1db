/** Files of the repository that pages lead to, and folders without a README: the site leads nowhere else. */
import { posix } from 'node:path'
import { escapeHtml, link } from './html.js'
import type { Page } from './layout.js'
import { address, pageOf } from './places.js'
import type { Repository } from './repository.js'

/** A file of results or vectors may have many thousand lines; its first ones show what it is. */
const shownLines = 1_000

/** A file with its lines; `L7` is the name of the seventh. */
export function sourcePage(path: string, text: string): Page {
  const lines = text.replace(/\n$/, '').split('\n')
  const shown = lines.slice(0, shownLines)
  const more =
    lines.length > shownLines
      ? `<p>The first ${shownLines} of ${lines.length} lines. The rest is in the repository.</p>\n`
      : ''
  const html = shown.map((line, at) => `<span class="line" id="L${at + 1}">${escapeHtml(line)}\n</span>`)
  return {
    path: pageOf(path),
    title: path,
    headings: [],
    html: `<h1 class="path">${escapeHtml(path)}</h1>\n${more}<pre class="source" tabindex="0"><code>${html.join('')}</code></pre>\n`,
  }
}

/** @param knows whether the site has a page of this file */
export function folderPage(
  folder: string,
  path: string,
  repository: Repository,
  knows: (path: string) => boolean,
): Page {
  const items = repository.list(folder).map(({ name, isFolder }) => {
    const target = posix.join(folder, name)
    const words = escapeHtml(isFolder ? `${name}/` : name)
    return `<li>${!isFolder && knows(target) ? link(address(path, pageOf(target)), words) : words}</li>`
  })
  return {
    path,
    title: `${folder}/`,
    headings: [],
    html: `<h1 class="path">${escapeHtml(folder)}/</h1>\n<ul class="files">${items.join('')}</ul>\n`,
  }
}
