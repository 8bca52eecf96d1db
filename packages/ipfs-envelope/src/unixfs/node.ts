/** One dag-pb node of a UnixFS file. */
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'

export interface FileNode {
  readonly data: Uint8Array | null
  readonly links: readonly CID[]
  /** Bytes of the file below each link, as the node says; `null` when it says it of more or fewer links. */
  readonly sizes: readonly number[] | null
}

/** `null` for a block that is no node of a file. */
export function decodeNode(block: Uint8Array): FileNode | null {
  const node = attempt(() => dagPb.decode(block))
  const file = attempt(() => (node?.Data === undefined ? null : UnixFS.unmarshal(node.Data)))
  if (node === null || file === null || !(file.type === 'file' || file.type === 'raw')) return null
  return {
    data: file.data === undefined ? null : Uint8Array.from(file.data),
    links: node.Links.map(link => link.Hash),
    sizes: file.blockSizes.length === node.Links.length ? file.blockSizes.map(Number) : null,
  }
}

function attempt<T>(decode: () => T): T | null {
  try {
    return decode()
  } catch {
    return null
  }
}
