/** The reference of every package, from the declarations that were built: TypeDoc writes Markdown, which becomes pages like all others. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JsonObject } from '@chartseal/core/json'
import { Application, Comment, type DeclarationReflection, type DocumentationEntryPoint } from 'typedoc'
import { renderMarkdown } from './markdown.js'

interface Module {
  /** As it is imported. */
  readonly name: string
  /** Absolute, of its declarations. */
  readonly path: string
}

const isForTests = (manifest: JsonObject): boolean => manifest.has('private') && manifest.boolean('private')

/** Every entry of every published package that has types. */
function modulesOf(root: string): readonly Module[] {
  const folders = readdirSync(join(root, 'packages')).sort()
  return folders.flatMap(folder => {
    const at = join(root, 'packages', folder)
    const manifest = JsonObject.parse(readFileSync(join(at, 'package.json'), 'utf8'))
    if (isForTests(manifest)) return []
    const exported = manifest.object('exports')
    return exported.keys.flatMap(subpath => {
      if (typeof exported.raw(subpath) === 'string') return []
      const types = exported.object(subpath).text('types')
      return [{ name: `${manifest.text('name')}${subpath.slice(1)}`, path: join(at, types) }]
    })
  })
}

async function write(root: string, modules: readonly Module[], folder: string): Promise<void> {
  const tsconfig = join(folder, 'tsconfig.json')
  const compilerOptions = { composite: false, noEmit: true, types: [] }
  const files = modules.map(({ path }) => path)
  writeFileSync(
    tsconfig,
    JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, files }),
  )
  const app = await Application.bootstrapWithPlugins({
    tsconfig,
    entryPoints: files,
    out: join(folder, 'out'),
    plugin: [fileURLToPath(import.meta.resolve('typedoc-plugin-markdown'))],
    skipErrorChecking: true,
    readme: 'none',
    disableSources: true,
    excludePrivate: true,
    logLevel: 'Error',
    name: 'Reference',
    // What somebody calls comes before the types that it takes and gives.
    groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases'],
    ...markdown,
  })
  const points: readonly DocumentationEntryPoint[] = app.getEntryPoints() ?? []
  const nameOf = new Map(modules.map(({ name, path }) => [path, name]))
  const named = points.map(point => ({
    ...point,
    displayName: nameOf.get(point.sourceFile.fileName) ?? point.displayName,
  }))
  const project = app.converter.convert(named)
  for (const module of project.children ?? []) giveComment(module, named)
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('the reference cannot be made: see above')
}

/** What stands at the top of an entry is about all of it; TypeDoc gives it to the first name that is exported. */
function giveComment(module: DeclarationReflection, points: readonly DocumentationEntryPoint[]): void {
  const text = points.find(({ displayName }) => displayName === module.name)?.sourceFile.text ?? ''
  if (module.hasComment() || !/^\/\*\*(?:[^*]|\*(?!\/))*\*\/\s*(?:export (?:type )?[{*]|import )/.test(text))
    return
  const first = lettersOf(text.slice(3, text.indexOf('*/')))
  const owner = module.children?.find(
    ({ comment }) =>
      comment !== undefined && first.startsWith(lettersOf(Comment.combineDisplayParts(comment.summary))),
  )
  if (owner?.comment === undefined) return
  module.comment = owner.comment
  delete owner.comment
}

const lettersOf = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '')

const namesOf = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id))

/** The router counts names that no page shows: what it then calls the second of a name may be the only one. */
function withRightNumbers(pages: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const names = new Map(
    [...pages].map(([path, text]) => [path, namesOf(renderMarkdown(text, to => to).html)]),
  )
  const mend = (path: string, text: string): string =>
    text.replaceAll(/\]\(([^)#\s]*)#([\w-]+)-\d+\)/g, (whole: string, file: string, name: string) => {
      const known = names.get(file === '' ? path : posix.join(posix.dirname(path), file))
      const asked = whole.slice(whole.indexOf('#') + 1, -1)
      return known?.has(asked) === false && known.has(name) ? `](${file}#${name})` : whole
    })
  return new Map([...pages].map(([path, text]) => [path, mend(path, text)]))
}

/**
 * Docblocks name pages of the repository by their paths: here these are links, and the check of links sees each. At the top is
 * one to the page of the package, which has what a reference lacks: where to begin.
 */
function withLinks(path: string, text: string): string {
  const up = posix.relative(posix.dirname(path), '.')
  return text
    .replaceAll(/(?<![\w/([`])docs\/[\w/-]+\.md/g, page => `[${page}](${up}/${page})`)
    .replace(
      /^# @[\w-]+\/([\w-]+).*\n/,
      (heading, folder) => `${heading}\n[Its package](${up}/packages/${folder}/README.md) has examples.\n`,
    )
}

/** Of typedoc-plugin-markdown. */
const markdown: Record<string, unknown> = {
  router: 'module',
  entryFileName: 'README',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  useCodeBlocks: true,
}

/**
 * Pages of the reference as Markdown, by their paths below `api/`.
 * @param root of the checkout, built; absolute
 */
export async function readReference(root: string): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-reference-'))
  try {
    await write(root, modulesOf(root), folder)
    const out = join(folder, 'out')
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.md'))
    const pages = names.sort().map((name): [string, string] => {
      const path = `api/${name.split(sep).join('/')}`
      return [path, withLinks(path, readFileSync(join(out, name), 'utf8'))]
    })
    return withRightNumbers(new Map(pages))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
