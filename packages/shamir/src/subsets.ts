/** Which subsets of some shares are tried: all of them, or a sample that is the same in every run. */

/** Up to this many subsets, all are tried. */
const allUpTo = 50_000
/** How many are tried beyond that. */
const sampleSize = 5_000

/** The subsets of `size` members, each in the order of `members`. */
export function* subsetsOf<Member>(members: readonly Member[], size: number): Generator<readonly Member[]> {
  if (countSubsets(members.length, size) <= allUpTo) yield* allSubsets(members, size)
  else yield* sampledSubsets(members, size)
}

/** How many subsets of `size` a set of `total` has, as far as `allUpTo` and one beyond matter. */
function countSubsets(total: number, size: number): number {
  let count = 1
  for (let i = 1; i <= Math.min(size, total - size) && count <= allUpTo; i++) {
    count = (count * (total - i + 1)) / i
  }
  return count
}

/** In lexicographic order (Knuth, TAOCP 4A, 7.2.1.3). */
function* allSubsets<Member>(members: readonly Member[], size: number): Generator<readonly Member[]> {
  const spare = members.length - size
  const chosen = Array.from({ length: size }, (_, i) => i)
  for (let at = 0; at >= 0 && spare >= 0; ) {
    yield chosen.flatMap(index => members.slice(index, index + 1))
    at = chosen.findLastIndex((index, i) => index < spare + i)
    const next = (chosen[at] ?? 0) + 1
    for (let i = Math.max(at, 0); i < size; i++) chosen[i] = next + i - at
  }
}

/** Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): every subset is equally likely. */
function* sampledSubsets<Member>(members: readonly Member[], size: number): Generator<readonly Member[]> {
  const random = xorshift32()
  for (let sample = 0; sample < sampleSize; sample++) {
    let needed = size
    yield members.filter((_, i) => {
      const taken = random.next().value * (members.length - i) < needed * 2 ** 32
      if (taken) needed--
      return taken
    })
  }
}

/** Marsaglia, "Xorshift RNGs", 2003: reproducible and not secret. */
function* xorshift32(): Generator<number, never> {
  for (let state = 0x9e3779b9; ; ) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}
