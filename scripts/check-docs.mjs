/**
 * Every ts block of the READMEs and docs is type-checked and executed; every relative link leads somewhere; what has a
 * list is in it.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { run } from './lib/process.mjs'
import { report } from './lib/report.mjs'
import { filesBelow, root, workspaces } from './lib/workspace.mjs'

const pages = filesBelow(root)
  .filter(path => path.endsWith('.md'))
  .map(path => ({ name: relative(root, path), path, text: readFileSync(path, 'utf8') }))

/** The ts blocks of a page, each with the line it starts at. */
function snippetsOf({ name, text }) {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(match => {
    const line = text.slice(0, match.index).split('\n').length
    return { at: `${name}:${line}`, file: `${name.replace(/[^A-Za-z0-9]+/g, '-')}-${line}`, code: match[1] }
  })
}

function link(folder, name, target) {
  mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
  symlinkSync(target, join(folder, 'node_modules', name), 'junction')
}

/** A project outside the checkout that has the packages, the types of Node and nothing else. */
function makeProject(folder, snippets) {
  for (const { manifest, path } of workspaces()) link(folder, manifest.name, path)
  link(folder, '@types/node', join(root, 'node_modules/@types/node'))
  const options = {
    composite: false,
    declaration: false,
    isolatedDeclarations: false,
    moduleDetection: 'force',
  }
  const relaxed = {
    noUnusedLocals: false,
    rootDir: '.',
    outDir: 'out',
    noEmitOnError: false,
    sourceMap: false,
    inlineSources: false,
  }
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions: { ...options, ...relaxed } }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ ...config, files: snippets.map(one => `${one.file}.ts`) }),
  )
  for (const one of snippets) writeFileSync(join(folder, `${one.file}.ts`), one.code)
}

/** Readers paste into JavaScript, and Node 20 does not know this word. */
const usingFindings = snippets =>
  snippets
    .filter(({ code }) => /^\s*(await )?using /m.test(code))
    .map(({ at }) => `${at}: \`using\` is a SyntaxError in JavaScript on Node 20`)

function snippetFindings(snippets) {
  if (snippets.length === 0) return []
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-docs-'))
  try {
    makeProject(folder, snippets)
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const typed = run(process.execPath, [tsc, '-p', '.'], {
      cwd: folder,
      stdio: ['ignore', 1, 1],
      shell: false,
    })
    const broken = snippets.filter(one => {
      const options = { cwd: folder, stdio: ['ignore', 'ignore', 1], timeout: 300_000, shell: false }
      return run(process.execPath, [join('out', `${one.file}.js`)], options) !== 0
    })
    return [
      ...(typed === 0 ? [] : ['some ts block does not type-check: see above, the name holds page and line']),
      ...broken.map(one => `${one.at}: this ts block fails when it is executed`),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const withoutCode = text => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = text =>
  new Set(
    [...text.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) =>
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )

function linkFinding(page, target) {
  const [path, anchor] = target.split('#')
  const file = path === '' ? page.path : resolve(dirname(page.path), decodeURI(path))
  if (!existsSync(file)) return [`${page.name}: the link to ${target} leads nowhere`]
  if (anchor === undefined || !file.endsWith('.md')) return []
  return anchorsOf(readFileSync(file, 'utf8')).has(anchor)
    ? []
    : [`${page.name}: ${path} has no heading #${anchor}`]
}

const targetsOf = page =>
  [...withoutCode(page.text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(match => match[1])
    .filter(target => !/^[a-z]+:/.test(target))

const linkFindings = page => targetsOf(page).flatMap(target => linkFinding(page, target))

/** Pages that list all files of a kind. */
const lists = [
  { list: 'docs/README.md', isListed: name => /^docs\/.+\.md$/.test(name) && name !== 'docs/README.md' },
  { list: 'CONTRIBUTING.md', isListed: name => /^scripts\/check-[^/]+\.mjs$/.test(name) },
]

function listFindings({ list, isListed }) {
  const page = pages.find(({ name }) => name === list)
  const linked = targetsOf(page).map(target =>
    relative(root, resolve(dirname(page.path), target.split('#')[0])),
  )
  return [...filesBelow(join(root, 'docs')), ...filesBelow(join(root, 'scripts'))]
    .map(path => relative(root, path))
    .filter(name => isListed(name) && !linked.includes(name))
    .map(name => `${list} does not list ${name}`)
}

/** Whoever pastes the first example has installed what this page names, and nothing else. */
function installFindings({ name, text }) {
  if (!/^(packages\/(?!testkit)[^/]+\/)?README\.md$/.test(name)) return []
  const installed = text
    .split('\n')
    .filter(line => line.includes('npm install'))
    .join()
  const imported = text.matchAll(/^(?:import .*|\} )from '@chartseal\/([^/']+)/gm)
  const needed = new Set([...imported].map(([, one]) => one))
  return [...needed]
    .filter(one => !new RegExp(`chartseal[/-]${one}\\b`).test(installed))
    .map(one => `${name}: its ts blocks import @chartseal/${one}, which no npm install on this page names`)
}

const snippets = pages.filter(({ name }) => !name.startsWith('.changeset/')).flatMap(snippetsOf)
report(
  'docs',
  [
    ...usingFindings(snippets),
    ...snippetFindings(snippets),
    ...pages.flatMap(linkFindings),
    ...lists.flatMap(listFindings),
    ...pages.flatMap(installFindings),
  ],
  [`${pages.length} pages, ${snippets.length} ts blocks executed`],
)
