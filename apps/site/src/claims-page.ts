/** The page of claims: each sentence of the pages that leads to a test, beside the test. */
import { posix } from 'node:path'
import { casesOf } from './cases.js'
import { type Claim, claimsOf } from './claims.js'
import { escapeHtml, link, wide } from './html.js'
import type { Page } from './layout.js'
import type { Links } from './links.js'
import { renderInline } from './markdown.js'
import { address, pageOf } from './places.js'
import type { Repository } from './repository.js'

const path = 'claims.html'

/** What is run: suites of every workspace, tasks in a browser, and checks of the gate. */
const isSuite = (file: string): boolean =>
  /^(?:packages|apps)\/[^/]+\/test\/.*\.test(?:-d)?\.ts$|^bench\/test\/.*\.test\.ts$/.test(file)
const isTask = (file: string): boolean => /^apps\/console\/browser\/[^/]+\.mjs$/.test(file)
const isCheck = (file: string): boolean => /^scripts\/check-[^/]+\.mjs$/.test(file)

const isTest = (file: string): boolean => isSuite(file) || isTask(file) || isCheck(file)

/** A claim is worth what is run of it. */
function testFindings(file: string, repository: Repository): readonly string[] {
  if (!repository.has(file)) return [`${file}: a claim leads to it, and it is not there`]
  if (isSuite(file) && !file.endsWith('.test-d.ts'))
    return casesOf(repository.text(file)).length > 0
      ? []
      : [`${file}: a claim leads to it, and it has no case`]
  const asking = isCheck(file) ? ['scripts/verify.mjs'] : browserFiles(repository, file)
  const name = posix.basename(file)
  return asking.some(one => repository.text(one).includes(name))
    ? []
    : [`${file}: a claim leads to it, and nothing runs it`]
}

const browserFiles = (repository: Repository, file: string): readonly string[] => [
  'scripts/check-console.mjs',
  ...repository.paths.filter(one => isTask(one) && one !== file),
]

/** Everything that pages claim with a test. */
export function readClaims(
  pages: readonly string[],
  repository: Repository,
): { readonly claims: readonly Claim[]; readonly findings: readonly string[] } {
  const testOf = (page: string, target: string): string | null => {
    const [file = ''] = target.split('#')
    if (file === '' || /^[a-z]+:/i.test(file)) return null
    const found = posix.join(posix.dirname(page), decodeURI(file))
    return isTest(found) ? found : null
  }
  const read = pages.map(page => claimsOf(page, repository.text(page), testOf))
  const claims = read.flatMap(one => one.claims)
  const tests = [...new Set(claims.flatMap(one => one.tests))].sort()
  return {
    claims,
    findings: [...read.flatMap(one => one.bare), ...tests.flatMap(file => testFindings(file, repository))],
  }
}

function testHtml(file: string, repository: Repository, links: Links): string {
  // What is not there is a finding already.
  if (!repository.has(file)) return ''
  links.files.add(file)
  const name = link(address(path, pageOf(file)), escapeHtml(file))
  if (!isSuite(file)) return `<li>${name}</li>`
  const count = casesOf(repository.text(file)).length
  return `<li>${name} <span class="count">${count === 1 ? '1 case' : `${count} cases`}</span></li>`
}

function rowHtml(claim: Claim, repository: Repository, links: Links): string {
  const says = renderInline(claim.says, links.resolver(claim.page, path))
  const tests = claim.tests.map(file => testHtml(file, repository, links)).join('')
  return `<tr><td>${says}</td><td><ul class="tests">${tests}</ul></td></tr>`
}

/** The claims of one page under the headings that they stand under there. */
function pageHtml(page: string, claims: readonly Claim[], repository: Repository, links: Links): string {
  const rows = claims.map((claim, at) => {
    const { text, id } = claim.part
    const row = rowHtml(claim, repository, links)
    if (at > 0 && claims[at - 1]?.part.id === id) return row
    const part = link(address(path, pageOf(page), id), escapeHtml(text))
    return `<tr><th scope="rowgroup" colspan="2">${part}</th></tr>\n${row}`
  })
  const title = link(address(path, pageOf(page)), escapeHtml(page))
  const id = page.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  const head = '<thead><tr><th scope="col">what it says</th><th scope="col">what shows it</th></tr></thead>'
  const table = `<table class="claims">${head}<tbody>${rows.join('\n')}</tbody></table>`
  return `<h2 id="${id}">${title}</h2>\n${wide(`Claims of ${page}`, table)}\n`
}

/** The promises come first, then what other pages say. */
export function claimsPage(
  pages: readonly string[],
  claims: readonly Claim[],
  repository: Repository,
  links: Links,
): Page {
  const order = ['SECURITY.md', ...pages.filter(page => page !== 'SECURITY.md')]
  const parts = order.flatMap(page => {
    const own = claims.filter(claim => claim.page === page)
    return own.length === 0 ? [] : [pageHtml(page, own, repository, links)]
  })
  const tests = new Set(claims.flatMap(claim => claim.tests))
  const intro = `<p>Each sentence here stands on a page of this site and leads to what shows it: ${claims.length} claims, ${tests.size} files
of tests and checks. The list is made from those links. The site is not built when one of them leads nowhere, to a file without a case, to a
check that the gate does not run, or when a promise of ${link('SECURITY.html', 'Security')} has none.</p>
<p>All of them run in the gate, <code>npm run verify</code>. That a test passes shows what it tries, and no more.</p>\n`
  return {
    path,
    title: 'Claims and their tests',
    headings: [],
    html: `<h1>Claims and their tests</h1>\n${intro}${parts.join('')}`,
  }
}
