/**
 * Cuts a stream into leaves of one size, the last one shorter; one empty leaf for no content. Each byte is copied once, so
 * that a store may keep the leaves, and whoever gives the content may use its memory again.
 */
export function leavesOf(
  leafBytes: number,
): (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  return async function* leaves(source) {
    let leaf = new Uint8Array(0)
    let have = 0
    let given = 0
    for await (const piece of source) {
      for (let at = 0; at < piece.length; ) {
        if (have === 0) leaf = new Uint8Array(leafBytes)
        const taken = Math.min(leafBytes - have, piece.length - at)
        leaf.set(piece.subarray(at, at + taken), have)
        at += taken
        have += taken
        if (have < leafBytes) continue
        yield leaf
        given++
        have = 0
      }
    }
    if (have > 0 || given === 0) yield leaf.slice(0, have)
  }
}
