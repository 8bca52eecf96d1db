/** The documentation site under /docs, where the operator names its folder: files as they were built, and no script. */
import type { ConsoleFiles } from '../clinic/console-files.js'
import { requestError } from '../errors.js'
import type { Answer } from './answers.js'
import type { Incoming } from './handle.js'

const base = '/docs'
export const docsRoute: string = `${base}/*`

/** It lies on the origin of the page, which has keys: nothing in it may run, whoever wrote it. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Of the site: a folder is its first page. */
function pathOf(target: string): string {
  const [path = ''] = target.slice(base.length).split('?')
  if (path === '/index.html') return '/'
  return path !== '/' && path.endsWith('/') ? `${path}index.html` : path
}

/** @throws ChartsealError `request/not-found` */
export function answerDocs(docs: ConsoleFiles, incoming: Pick<Incoming, 'target' | 'header'>): Answer {
  const path = pathOf(incoming.target)
  // Links of a page begin at its folder.
  if (path === '') return { status: 308, headers: { location: `${base}/` }, body: null }
  if (!docs.has(path)) throw requestError('request/not-found', {})
  const { headers, ...answer } = docs.answer(path, incoming)
  return { ...answer, headers: { ...headers, 'content-security-policy': policy } }
}
