/** Serves a built page on the loopback interface, in one folder for each of its situations. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, sep } from 'node:path'

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

const policy = extra => ({
  'Content-Security-Policy': [
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
    ...extra,
  ].join('; '),
})

/** situation.ts says what a page may do in each of them. */
const headersOf = {
  isolated: { ...isolation, ...policy(["script-src 'self' 'wasm-unsafe-eval'"]) },
  plain: {},
  'no-wasm': { ...isolation, ...policy(["script-src 'self'"]) },
  'no-workers': policy(["script-src 'self' 'wasm-unsafe-eval'", "worker-src 'none'"]),
}

export const situations = Object.keys(headersOf)

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** Every file of the folder, by its path in a URL: nothing else can be asked for. */
function filesOf(folder) {
  const names = readdirSync(folder, { recursive: true }).filter(name => statSync(join(folder, name)).isFile())
  const entries = names.map(name => [
    name.split(sep).join('/'),
    { bytes: readFileSync(join(folder, name)), type: types[extname(name)] ?? 'application/octet-stream' },
  ])
  return new Map(entries)
}

function answer(files, request, response) {
  const { pathname } = new URL(request.url, 'http://localhost')
  const [, situation = '', name = ''] = /^\/([^/]*)\/(.*)$/.exec(pathname) ?? []
  const file = files.get(name === '' ? 'index.html' : name)
  if (pathname === '/') response.writeHead(302, { Location: '/isolated/' }).end()
  else if (!situations.includes(situation) || file === undefined) response.writeHead(404).end()
  else {
    const headers = { 'Content-Type': file.type, 'Cache-Control': 'no-store', ...headersOf[situation] }
    response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : file.bytes)
  }
}

/** `port` 0 takes a free one. */
export async function serve(folder, port = 0) {
  const files = filesOf(folder)
  const server = createServer((request, response) => answer(files, request, response))
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const close = () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${server.address().port}`, close }
}
