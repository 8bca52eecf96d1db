/** Where the links of one page lead, and which files the site needs for them. */
import { posix } from 'node:path'
import { address, isPicture, listOf, pageOf } from './places.js'
import type { Repository } from './repository.js'

/** What pages lead to and what leads nowhere, over all pages. */
export class Links {
  readonly #repository: Repository
  readonly #made: ReadonlySet<string>
  readonly files: Set<string> = new Set()
  readonly folders: Set<string> = new Set()
  readonly findings: string[] = []

  /** @param made paths of pages that are no files of the repository */
  constructor(repository: Repository, made: ReadonlySet<string>) {
    this.#repository = repository
    this.#made = made
  }

  /** @param from path of a Markdown file; @param page the page of the site that has the link */
  resolver(from: string, page: string): (target: string) => string {
    return target => {
      if (/^[a-z]+:/i.test(target)) return target
      const [path = '', anchor = ''] = target.split('#')
      if (path === '') return page === pageOf(from) ? target : address(page, pageOf(from), anchor)
      const file = posix.join(posix.dirname(from), decodeURI(path)).replace(/\/$/, '')
      const found = this.#pageFor(file)
      if (found !== null) return address(page, found, anchor)
      this.findings.push(`${from}: the link to ${target} leads nowhere`)
      return target
    }
  }

  #pageFor(file: string): string | null {
    if (this.#made.has(file)) return pageOf(file)
    if (this.#repository.has(file)) {
      if (!file.endsWith('.md') || isPicture(file)) this.files.add(file)
      return pageOf(file)
    }
    if (!this.#repository.hasFolder(file)) return null
    if (this.#repository.has(posix.join(file, 'README.md'))) return listOf(file)
    this.folders.add(file)
    return listOf(file)
  }
}
