/** Single blocks, for whoever takes and gives them one by one. */
import { isBlockOf } from '../cid/addressing.js'
import { dagPbCodec, parseCid } from '../cid/parse.js'
import { expectNode } from './walk.js'

/**
 * Whether these bytes are the block, raw or dag-pb, that the CID names.
 * @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid`
 */
export async function isBlock(cid: string, block: Uint8Array): Promise<boolean> {
  return isBlockOf(parseCid(cid), block)
}

/**
 * The CIDs that a block which was checked names, in their order, each as often as the block has it; none for a raw one.
 * @throws ChartsealError `envelope/not-a-file`, `envelope/bad-cid`, `envelope/unsupported-cid`
 */
export function blockLinks(cid: string, block: Uint8Array): readonly string[] {
  if (parseCid(cid).code !== dagPbCodec) return []
  return expectNode(block, cid).links.map(link => link.toString())
}
