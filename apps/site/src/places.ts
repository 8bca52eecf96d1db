/** Where a file of the repository is in the site. All paths have slashes and begin at the root of either. */
import { posix } from 'node:path'

/** A page is a file, so that a folder on a disk is a site; the README of a folder is its first page. */
export function pageOf(path: string): string {
  const name = posix.basename(path)
  if (name === 'README.md') return posix.join(posix.dirname(path), 'index.html')
  if (name.endsWith('.md')) return path.replace(/\.md$/, '.html')
  return isPicture(path) ? path : `${path}.html`
}

export const isPicture = (path: string): boolean => /\.(png|svg)$/.test(path)

/** The list of a folder that has no README. */
export const listOf = (folder: string): string => posix.join(folder, 'index.html')

/** As one page names another. @param anchor without its #; empty for none */
export function address(from: string, to: string, anchor = ''): string {
  const path = posix.relative(posix.dirname(from), to)
  return anchor === '' ? encodeURI(path) : `${encodeURI(path)}#${anchor}`
}
