import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const source = readFileSync(new URL('../worker/sw.js', import.meta.url), 'utf8')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The worker of one version whose only file is `/a.js` with the text `sound`, at a server that gives `served`. */
function worker(served: string) {
  const kept = new Map<string, Response>()
  const cache = {
    match: async (path: string) => kept.get(path)?.clone(),
    put: async (path: string, response: Response) => void kept.set(path, response),
  }
  const heard = new Map<string, (event: object) => void>()
  const self = {
    location: { origin: 'https://clinic.example' },
    addEventListener: (name: string, work: (event: object) => void) => heard.set(name, work),
  }
  const code = source
    .replace('__VERSION__', '1')
    .replace('__FILES__', JSON.stringify({ '/a.js': sha256('sound') }))
  const run = new Function('self', 'caches', 'fetch', code)
  run(self, { open: async () => cache }, async () => new Response(served))
  const ask = (): Promise<Response> => {
    let answer: Promise<Response> | null = null
    const request = { url: 'https://clinic.example/a.js', method: 'GET' }
    heard.get('fetch')?.({ request, respondWith: (response: Promise<Response>) => (answer = response) })
    if (answer === null) throw new Error('the worker did not answer')
    return answer
  }
  return { kept, ask }
}

describe('the service worker whose files the browser threw away', () => {
  it('fetches them again and keeps them when they are those of its version', async () => {
    const { kept, ask } = worker('sound')
    expect(await (await ask()).text()).toBe('sound')
    expect([...kept.keys()]).toEqual(['/a.js'])
  })

  it('gives nothing else in their place', async () => {
    const { kept, ask } = worker('changed')
    await expect(ask()).rejects.toThrow('/a.js is not the file of this version')
    expect(kept.size).toBe(0)
  })
})
