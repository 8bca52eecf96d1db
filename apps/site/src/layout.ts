/** What stands around the text of every page. */
import { escapeHtml, link } from './html.js'
import type { Heading } from './markdown.js'
import { address } from './places.js'

export interface Entry {
  readonly title: string
  /** Of the site. */
  readonly path: string
}

export interface Section {
  readonly name: string
  /** What the name leads to. */
  readonly path: string
  readonly anchor?: string
  readonly entries: readonly Entry[]
}

export interface Page {
  /** Of the site. */
  readonly path: string
  readonly title: string
  readonly html: string
  readonly headings: readonly Heading[]
}

const current = (isCurrent: boolean): string => (isCurrent ? ' aria-current="page"' : '')

/** Named for the list of the headings alone, so that a page of one part has none. */
function contents({ headings }: Page): string {
  const parts = headings.filter(({ level }) => level === 2 || level === 3)
  if (parts.length < 3) return ''
  const items = parts.map(
    ({ level, id, text }) => `<li class="level-${level}">${link(`#${id}`, escapeHtml(text))}</li>`,
  )
  return `<details class="contents"><summary>On this page</summary><ul>${items.join('')}</ul></details>\n`
}

/** Behind the first heading. */
function withContents(page: Page): string {
  const list = contents(page)
  return list === '' ? page.html : page.html.replace('</h1>', () => `</h1>\n${list}`)
}

function sideOf(page: Page, section: Section | undefined): string {
  if (section === undefined || section.entries.length === 0) return ''
  const items = section.entries.map(
    ({ title, path }) =>
      `<li><a href="${address(page.path, path)}"${current(path === page.path)}>${escapeHtml(title)}</a></li>`,
  )
  return `<nav class="side" aria-label="${escapeHtml(section.name)}"><h2>${escapeHtml(section.name)}</h2><ul>${items.join('')}</ul></nav>\n`
}

function sectionOf(path: string, sections: readonly Section[]): Section | undefined {
  return sections.find(section => section.entries.some(entry => entry.path === path))
}

/** @param version of the packages */
export function layOut(page: Page, sections: readonly Section[], version: string): string {
  const own = sectionOf(page.path, sections)
  const to = (path: string, anchor = ''): string => address(page.path, path, anchor)
  const top = sections.map(
    ({ name, path, anchor, entries }) =>
      `<li><a href="${to(path, anchor)}"${entries === own?.entries ? ' aria-current="true"' : ''}>${escapeHtml(name)}</a></li>`,
  )
  const title = page.path === 'index.html' ? 'Chartseal' : `${page.title} – Chartseal`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${to('site.css')}">
<link rel="icon" href="${to('icon.svg')}">
</head>
<body>
<a class="skip" href="#_text">Skip to the text</a>
<header><a class="home" href="${to('index.html')}"${current(page.path === 'index.html')}>Chartseal</a>
<nav aria-label="Parts"><ul>${top.join('')}</ul></nav></header>
<div class="columns">
<main id="_text" tabindex="-1">
${withContents(page)}</main>
${sideOf(page, own)}</div>
<footer>Chartseal ${escapeHtml(version)}, not audited: do not protect real patients with it yet.
<a href="${to('SECURITY.html')}">What is promised</a>, <a href="${to('claims.html')}">what shows it</a>, <a href="${to('docs/attacks.html')}">what was broken</a>.</footer>
</body>
</html>
`
}
