import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Repository } from '../dist/repository.js'
import { makeSite, type Site } from '../dist/site.js'

const small = {
  'README.md':
    '# Small\n\n[Guide](docs/guides/a.md#part-two), [promises](SECURITY.md), [code](packages/one/src/a.ts)\n',
  'SECURITY.md':
    '# Security\n\n## What is promised\n\n| promise | shown by |\n|---|---|\n| It holds | [laws](packages/one/test/laws.test.ts) |\n',
  'ARCHITECTURE.md': '# Architecture\n',
  'CONTRIBUTING.md': '# Contributing\n',
  'docs/README.md': '# Documents\n\n## Guides, by task\n\n## Formats, by task\n\n[files](../vectors/seeds)\n',
  'docs/attacks.md': '# Attacks\n',
  'docs/errata.md': '# Errata\n',
  'docs/glossary.md': '# Glossary\n',
  'docs/screens.md': '# What it looks like\n',
  'docs/releasing.md': '# Releasing\n',
  'docs/guides/a.md': '# A guide\n\n## Part two\n\n![A picture](../images/a.svg)\n',
  'docs/images/a.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'packages/one/README.md':
    '# one\n\n## Which package do I need?\n\nIt never fails ([laws](test/laws.test.ts)). It is small.\n',
  'packages/one/src/a.ts': 'export const a = 1 < 2 && "<b>"\n',
  'packages/one/test/laws.test.ts': "it('holds', () => {})\nit.each([1, 2])('holds for %i', () => {})\n",
  'vectors/seeds/a.json': '{}\n',
  'scripts/verify.mjs': '',
  'apps/cli/package.json': '{"version":"1.2.3"}',
}

const figures = [{ path: 'figures/index.html', title: 'Figures', headings: [], html: '<h1>Figures</h1>' }]
const reference = new Map([
  ['api/README.md', '# Reference\n\n- [one](one.md)\n'],
  ['api/one.md', '# one\n\n## Functions\n'],
])

/** The site of the small checkout with some of its files changed; `null` leaves one out. */
function siteOf(changes: Readonly<Record<string, string | null>> = {}): Site {
  const root = mkdtempSync(join(tmpdir(), 'chartseal-site-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const home = { 'README.md': `${small['README.md']}\n## Which package do I need?\n` }
  for (const [path, text] of Object.entries({ ...small, ...home, ...changes })) {
    if (text === null) continue
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return makeSite(new Repository(root), { reference, figures })
}

const textOf = ({ files }: Site, path: string): string => String(files.get(path))

describe('the site', () => {
  it('has every page, and whatever a page leads to: code, pictures, folders', () => {
    const site = siteOf()
    expect(site.findings).toEqual([])
    expect([...site.files.keys()]).toEqual(
      expect.arrayContaining([
        'index.html',
        'SECURITY.html',
        'docs/index.html',
        'docs/guides/a.html',
        'docs/images/a.svg',
        'packages/one/index.html',
        'packages/one/src/a.ts.html',
        'packages/one/test/laws.test.ts.html',
        'vectors/seeds/index.html',
        'api/one.html',
        'figures/index.html',
        'claims.html',
        'site.css',
      ]),
    )
    expect(textOf(site, 'index.html')).toContain('<a href="docs/guides/a.html#part-two">Guide</a>')
    expect(textOf(site, 'docs/guides/a.html')).toContain('<img src="../images/a.svg" alt="A picture">')
    expect(textOf(site, 'packages/one/src/a.ts.html')).toContain(
      'a = 1 &lt; 2 &amp;&amp; &quot;&lt;b&gt;&quot;',
    )
    expect(textOf(site, 'vectors/seeds/index.html')).toContain('<li>a.json</li>')
    expect(textOf(site, 'docs/guides/a.html')).toContain('Chartseal 1.2.3, not audited')
  })

  it('has a manifest of all its files, and is the same when it is built again', () => {
    const [first, second] = [siteOf(), siteOf()]
    expect([...first.files]).toEqual([...second.files])
    const manifest: { files: Record<string, string> } = JSON.parse(textOf(first, 'manifest.json'))
    const paths = [...first.files.keys()].filter(path => path !== 'manifest.json')
    expect(Object.keys(manifest.files).sort()).toEqual(
      paths.map(path => (path === 'index.html' ? '/' : `/${path}`)).sort(),
    )
    expect(manifest.files['/']).toBe(createHash('sha256').update(textOf(first, 'index.html')).digest('hex'))
  })

  it.each([
    ['a file that is not there', '[a](b.md)', 'leads nowhere'],
    ['a way out of the checkout', '[a](../../../../etc/passwd)', 'leads nowhere'],
    ['a part that the page lacks', '[a](docs/guides/a.md#part-three)', 'has no place #part-three'],
    ['HTML of its own', '<script>alert(1)</script>', 'HTML of its own'],
    ['an element inside a line', 'a <img src=x onerror=alert(1)> b', 'HTML of its own'],
  ])('is not built with %s', (_what, text, finding) => {
    const { findings } = siteOf({ 'README.md': `# Small\n\n## Which package do I need?\n\n${text}\n` })
    expect(findings).toEqual(expect.arrayContaining([expect.stringContaining(finding)]))
  })

  it('opens nothing that a link names: an address with a script in it is no link', () => {
    const site = siteOf({ 'docs/errata.md': '# Errata\n\n[a](javascript:alert(1)) [b](data:text/html,x)\n' })
    expect(textOf(site, 'docs/errata.html')).not.toMatch(/href="(?:javascript|data):/)
  })
})

describe('claims', () => {
  it('stand beside their tests, with the number of cases', () => {
    const claims = textOf(siteOf(), 'claims.html')
    expect(claims).toContain('<td>It holds</td>')
    expect(claims).toContain(
      '<td>It never fails (<a href="packages/one/test/laws.test.ts.html">laws</a>).</td>',
    )
    expect(claims).toContain(
      '<a href="packages/one/test/laws.test.ts.html">packages/one/test/laws.test.ts</a> <span class="count">2 cases</span>',
    )
    expect(claims).not.toContain('It is small')
  })

  const promise = (shown: string): Record<string, string> => ({
    'SECURITY.md': `# Security\n\n| promise | shown by |\n|---|---|\n| It holds | ${shown} |\n`,
  })
  it.each([
    ['a promise without a test', promise('everybody'), 'is promised and leads to no test'],
    [
      'a promise that leads to something else',
      promise('[code](packages/one/src/a.ts)'),
      'is promised and leads to no test',
    ],
    [
      'a test that is not there',
      promise('[laws](packages/one/test/gone.test.ts)'),
      'gone.test.ts: a claim leads to it, and it is not there',
    ],
    [
      'a file without a case',
      { 'packages/one/test/laws.test.ts': "// it('holds')\nconst it = 1\n" },
      'it has no case',
    ],
    [
      'a check that the gate does not run',
      { ...promise('[check](scripts/check-a.mjs)'), 'scripts/check-a.mjs': '' },
      'nothing runs it',
    ],
  ])('stop the build: %s', (_what, changes: Readonly<Record<string, string>>, finding) => {
    expect(siteOf(changes).findings).toEqual(expect.arrayContaining([expect.stringContaining(finding)]))
  })
})
