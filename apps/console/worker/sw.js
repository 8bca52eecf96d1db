/**
 * Keeps the files of one version of the page, each compared with its hash when it is fetched, and answers from them
 * alone: the page works offline, and another version waits until a person accepts it.
 */
const version = '__VERSION__'
const files = __FILES__
const cacheName = `chartseal-${version}`

const hex = bytes => [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join('')

async function fetchFile(cache, [path, sha256]) {
  const response = await fetch(path, { cache: 'no-cache', redirect: 'error' })
  const bytes = await response.clone().arrayBuffer()
  const actual = hex(await crypto.subtle.digest('SHA-256', bytes))
  if (!response.ok || actual !== sha256) throw new Error(`${path} is not the file of this version`)
  await cache.put(path, response)
}

async function install() {
  const cache = await caches.open(cacheName)
  await Promise.all(Object.entries(files).map(file => fetchFile(cache, file)))
}

async function activate() {
  const names = await caches.keys()
  await Promise.all(names.filter(name => name !== cacheName).map(name => caches.delete(name)))
  await self.clients.claim()
}

/** What the browser threw away is fetched again, and given only when it is the file of this version. */
async function answer(path) {
  const cache = await caches.open(cacheName)
  const kept = await cache.match(path)
  if (kept !== undefined) return kept
  await fetchFile(cache, [path, files[path]])
  return cache.match(path)
}

self.addEventListener('install', event => event.waitUntil(install()))
self.addEventListener('activate', event => event.waitUntil(activate()))
self.addEventListener('message', event => {
  if (event.data === 'accept') self.skipWaiting()
})
self.addEventListener('fetch', event => {
  const { pathname, origin } = new URL(event.request.url)
  const path = pathname === '/index.html' ? '/' : pathname
  if (event.request.method === 'GET' && origin === self.location.origin && Object.hasOwn(files, path))
    event.respondWith(answer(path))
})
