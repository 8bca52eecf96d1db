import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readReference } from '../dist/api.js'

const declarations = {
  'tsconfig.base.json':
    '{"compilerOptions":{"target":"ES2022","module":"NodeNext","lib":["ES5"],"strict":true}}',
  'packages/one/package.json': JSON.stringify({
    name: '@chartseal/one',
    type: 'module',
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './v1': { types: './dist/v1.d.ts', default: './dist/v1.js' },
      './one.wasm': './dist/one.wasm',
    },
  }),
  'packages/one/dist/index.d.ts':
    "/** All of one. Byte table: docs/spec/one.md. */\nexport { type Header, open } from './parts.js';\n",
  'packages/one/dist/parts.d.ts': `export interface Header {
    /** In clear. */
    readonly kid: string;
}
/** Opens it. @throws ChartsealError \`one/closed\` */
export declare function open(header: Header): Header;
`,
  'packages/one/dist/v1.d.ts': '/** What was published. */\nexport declare const legacyKey: string;\n',
  'packages/testkit/package.json': '{"name":"@chartseal/testkit","private":true,"exports":{}}',
}

it('has a page of each entry that has types, under the name by which it is imported', async () => {
  const root = mkdtempSync(join(tmpdir(), 'chartseal-root-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(declarations)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const pages = await readReference(root)
  expect([...pages.keys()]).toEqual(['api/@chartseal/one.md', 'api/@chartseal/one/v1.md', 'api/README.md'])
  const page = pages.get('api/@chartseal/one.md') ?? ''
  // What stands at the top is about the entry, and not about the first name that it exports.
  expect(page).toContain(
    '# @chartseal/one\n\n[Its package](../../packages/one/README.md) has examples.\n\n' +
      'All of one. Byte table: [docs/spec/one.md](../../docs/spec/one.md).\n\n## Functions\n\n### open()',
  )
  // What is called comes before what it takes.
  expect(page).toMatch(/## Functions[\s\S]*## Interfaces\n\n### Header\n\n#### Properties/)
  expect(page).toContain('In clear.')
  expect(page).toContain('[`Header`](#header)')
  expect(page).toMatch(/Throws\s+ChartsealError `one\/closed`/)
  expect(pages.get('api/@chartseal/one/v1.md')).toMatch(
    /\(\.\.\/\.\.\/\.\.\/packages\/one\/README\.md\)[\s\S]*What was published\./,
  )
})
