/** Helia's unixfs over the same kind of folder, where scripts/check-ipfs.mjs has put it (Node 24: it loads on no 20). */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

interface Parts {
  readonly createHeliaLight: (init: object) => { start(): Promise<void>; stop(): Promise<void> }
  readonly unixfs: (helia: object) => { addByteStream(content: AsyncIterable<Uint8Array>): Promise<object> }
  readonly FsBlockstore: new (folder: string) => object
}

const home = new URL('../../../node_modules/.cache/ipfs-helia/', import.meta.url)

/** Stores a stream and gives its CID; `null` where there is no Helia that loads. */
export async function heliaAdd(
  folder: string,
): Promise<((content: AsyncIterable<Uint8Array>) => Promise<string>) | null> {
  if (!existsSync(fileURLToPath(home)) || process.version.startsWith('v20')) return null
  const { createHeliaLight } = await load<Pick<Parts, 'createHeliaLight'>>('helia')
  const { unixfs } = await load<Pick<Parts, 'unixfs'>>('@helia/unixfs')
  const { FsBlockstore } = await load<Pick<Parts, 'FsBlockstore'>>('blockstore-fs')
  const helia = createHeliaLight({ blockstore: new FsBlockstore(folder) })
  await helia.start()
  return async content => {
    const cid = await unixfs(helia).addByteStream(content)
    await helia.stop()
    return `${cid}`
  }
}

async function load<Module>(name: string): Promise<Module> {
  const entry = createRequire(home).resolve.paths(name)?.[0]
  const { exports } = await import(pathToFileURL(`${entry}/${name}/package.json`).href, {
    with: { type: 'json' },
  }).then(({ default: manifest }) => manifest)
  return import(pathToFileURL(`${entry}/${name}/${exports['.'].import}`).href)
}
