/** The whole site, as files by their paths. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { JsonObject } from '@chartseal/core/json'
import { type Files, siteFindings } from './check.js'
import { claimsPage, readClaims } from './claims-page.js'
import { layOut, type Page, type Section } from './layout.js'
import { Links } from './links.js'
import { type Rendered, renderMarkdown } from './markdown.js'
import { isPicture, listOf, pageOf } from './places.js'
import type { Repository } from './repository.js'
import { folderPage, sourcePage } from './sources.js'

export interface Site {
  readonly files: Files
  /** What is wrong with it; a site with any is not given out. */
  readonly findings: readonly string[]
}

/** Changes of a release that is not made yet are for who makes it. */
const isPage = (path: string): boolean => path.endsWith('.md') && !path.startsWith('.changeset/')

const assets = ['site.css', 'icon.svg'] as const

function sectionsOf(pages: ReadonlyMap<string, Page>, groups: readonly Page[]): readonly Section[] {
  const entry = (path: string): { title: string; path: string } => ({
    title: pages.get(path)?.title ?? path,
    path: pageOf(path),
  })
  const below = (prefix: string): ReturnType<typeof entry>[] =>
    [...pages.keys()].filter(path => path.startsWith(prefix)).map(entry)
  const figures = groups.map(({ title, path }) => ({ title: title.replace('Figures: ', ''), path }))
  return [
    { name: 'Guides', path: 'docs/index.html', anchor: 'guides-by-task', entries: below('docs/guides/') },
    { name: 'Formats', path: 'docs/index.html', anchor: 'formats-by-task', entries: below('docs/spec/') },
    {
      name: 'Packages',
      path: 'index.html',
      anchor: 'which-package-do-i-need',
      entries: [...below('packages/'), ...below('apps/'), ...below('vectors/')],
    },
    {
      name: 'Reference',
      path: 'api/index.html',
      entries: below('api/').map(({ title, path }) => ({ title: title.replace('@chartseal/', ''), path })),
    },
    {
      name: 'Security',
      path: 'SECURITY.html',
      entries: [
        entry('SECURITY.md'),
        { title: 'Claims and their tests', path: 'claims.html' },
        entry('docs/attacks.md'),
        entry('docs/errata.md'),
      ],
    },
    { name: 'Figures', path: 'figures/index.html', entries: [...figures, ...below('bench/')] },
    {
      name: 'Project',
      path: 'docs/index.html',
      entries: [
        'docs/README.md',
        'docs/screens.md',
        'docs/glossary.md',
        'ARCHITECTURE.md',
        'CONTRIBUTING.md',
        'docs/releasing.md',
      ].map(entry),
    },
  ]
}

/** Makes pages of Markdown, and gathers what they lead to. */
class Maker {
  readonly #repository: Repository
  readonly #reference: ReadonlyMap<string, string>
  readonly links: Links
  readonly pages = new Map<string, Page>()
  readonly findings: string[] = []

  constructor(repository: Repository, reference: ReadonlyMap<string, string>) {
    this.#repository = repository
    this.#reference = reference
    this.links = new Links(repository, new Set(reference.keys()))
  }

  make(path: string): void {
    const text = this.#reference.get(path) ?? this.#repository.text(path)
    const page = pageOf(path)
    const rendered = this.#render(path, text, page)
    if (rendered !== null) this.pages.set(path, { path: page, ...rendered })
  }

  #render(path: string, text: string, page: string): Rendered | null {
    try {
      return renderMarkdown(text, this.links.resolver(path, page))
    } catch (error) {
      this.findings.push(`${path}: ${error instanceof Error ? error.message : error}`)
      return null
    }
  }
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** As the page of a clinic has it, so that a server gives out nothing else: paths of the site, hashes in hex. */
function manifestOf(files: Files, version: string): string {
  const hashes = [...files].map(([path, content]): [string, string] => [
    path === 'index.html' ? '/' : `/${path}`,
    sha256(content),
  ])
  return `${JSON.stringify({ v: 1, version, files: Object.fromEntries(hashes.toSorted()) }, null, 1)}\n`
}

/** What does not stand in files of the repository. */
export interface Made {
  /** Pages of the reference as Markdown, from `readReference`. */
  readonly reference: ReadonlyMap<string, string>
  /** From `figurePages`. */
  readonly figures: readonly Page[]
}

export function makeSite(repository: Repository, { reference, figures }: Made): Site {
  const version = JsonObject.parse(repository.text('apps/cli/package.json')).text('version')
  const paths = repository.paths.filter(isPage)
  const maker = new Maker(repository, reference)
  for (const path of [...paths, ...reference.keys()]) maker.make(path)
  const { pages, links } = maker
  const claims = readClaims(paths, repository)
  const sections = sectionsOf(pages, figures)
  const made = [...pages.values(), ...figures, claimsPage(paths, claims.claims, repository, links)]
  const files = new Map<string, string | Uint8Array>()
  const put = (page: Page): unknown => files.set(page.path, layOut(page, sections, version))
  for (const page of made) put(page)
  for (const path of [...links.files].sort()) {
    if (isPicture(path)) files.set(path, repository.bytes(path))
    else put(sourcePage(path, repository.text(path)))
  }
  for (const folder of [...links.folders].sort())
    put(folderPage(folder, listOf(folder), repository, path => files.has(pageOf(path))))
  for (const name of assets)
    files.set(name, readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8'))
  const findings = [...maker.findings, ...links.findings, ...claims.findings, ...siteFindings(files)]
  files.set('manifest.json', manifestOf(files, version))
  return { files, findings }
}
