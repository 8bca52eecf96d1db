/** TypeScript files read as syntax trees, by the parser that Vite brings along. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseSync } from 'vite'
import { filesBelow, root } from './workspace.mjs'

const isNode = value => typeof value?.type === 'string'

function* nodesBelow(node) {
  yield node
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* nodesBelow(child)
    }
  }
}

const lineAt = (text, offset) => text.slice(0, offset).split('\n').length

const isTypeOnly = node =>
  node.importKind === 'type' ||
  node.exportKind === 'type' ||
  (node.specifiers?.length > 0 && node.specifiers.every(one => one.importKind === 'type'))

const importTypes = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
])

// `new URL('./x.js', import.meta.url)` is how a worker's file is named.
const isUrlOfModule = node =>
  node.type === 'NewExpression' &&
  node.callee.name === 'URL' &&
  node.arguments[0]?.type === 'Literal' &&
  node.arguments[1]?.property?.name === 'url'

function importOf(node, text) {
  const source = isUrlOfModule(node) ? node.arguments[0] : importTypes.has(node.type) ? node.source : null
  if (typeof source?.value !== 'string') return []
  const names = (node.specifiers ?? []).map(one => one.imported?.name ?? one.local?.name)
  return [{ from: source.value, names, typeOnly: isTypeOnly(node), line: lineAt(text, node.start) }]
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

function functionOf(node, text) {
  if (!functionTypes.has(node.type) || node.body === null) return []
  const line = lineAt(text, node.start)
  return [{ line, lines: lineAt(text, node.end) - line + 1, start: node.start }]
}

/** Where the callbacks of `describe` start: they are tables of tests rather than functions. */
function suiteCallbacks(nodes) {
  const isSuite = call => /^describe\b/.test(call)
  return new Set(
    nodes
      .filter(node => node.type === 'CallExpression')
      .flatMap(node => (isSuite(nameOf(node.callee)) ? node.arguments.map(argument => argument.start) : [])),
  )
}

const nameOf = callee =>
  callee.name ?? (callee.object ? nameOf(callee.object) : callee.callee ? nameOf(callee.callee) : '')

/** The keys of the table given to `defineErrors`; `null` in place of one that is not spelled out there. */
function errorTable(node, text) {
  if (node.type !== 'CallExpression' || node.callee.name !== 'defineErrors') return []
  const [table] = node.arguments
  if (table?.type !== 'ObjectExpression') return [{ code: null, line: lineAt(text, node.start) }]
  return table.properties.map(entry => ({
    code: typeof entry.key?.value === 'string' ? entry.key.value : null,
    line: lineAt(text, entry.start),
  }))
}

/** The functions, classes and constants that a file exports by name, where they stand. */
function exportsOf(node, text) {
  if (node.type !== 'ExportNamedDeclaration' || node.declaration === null) return []
  const { type, id, declarations = [] } = node.declaration
  const names =
    type === 'VariableDeclaration'
      ? declarations.map(one => one.id.name)
      : /^(Function|Class)Declaration$/.test(type)
        ? [id.name]
        : []
  return names.filter(name => name !== undefined).map(name => ({ name, line: lineAt(text, node.start) }))
}

/**
 * `path`, `lines`, `imports` ({ from, names, typeOnly, line }), `exports` of values ({ name, line }), `anyLines`, `functions` ({ line, lines }), `codes` of
 * errors that are defined here ({ code, line }).
 */
export function readSource(path) {
  const text = readFileSync(path, 'utf8')
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${relative(root, path)} does not parse: ${errors[0].message}`)
  const nodes = [...nodesBelow(program)]
  const suites = suiteCallbacks(nodes)
  return {
    path: relative(root, path),
    text,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: nodes.flatMap(node => importOf(node, text)),
    exports: program.body.flatMap(node => exportsOf(node, text)),
    anyLines: nodes.filter(node => node.type === 'TSAnyKeyword').map(node => lineAt(text, node.start)),
    functions: nodes.flatMap(node => functionOf(node, text)).filter(one => !suites.has(one.start)),
    codes: nodes.flatMap(node => errorTable(node, text)),
  }
}

/** The written TypeScript files of a folder of a workspace: generated ones aside. */
export const sourcesOf = (workspace, folder) =>
  filesBelow(join(workspace.path, folder))
    .filter(path => /\.tsx?$/.test(path) && !path.includes('.generated.'))
    .map(readSource)
