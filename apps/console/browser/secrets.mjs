/** Looks for planted texts in bytes: as they are, in hexadecimal, and in base64 and base64url at each alignment. */

function* spellings(text) {
  const bytes = Buffer.from(text)
  yield bytes
  yield Buffer.from(bytes.toString('hex'))
  yield Buffer.from(encodeURIComponent(text))
  yield Buffer.from(JSON.stringify(text).slice(1, -1))
  for (const lead of [0, 1, 2]) {
    // Whole groups of the text alone: what stands before and behind it does not matter.
    const whole = bytes.subarray((3 - lead) % 3)
    const groups = whole.subarray(0, Math.floor(whole.length / 3) * 3)
    for (const encoding of ['base64', 'base64url']) yield Buffer.from(groups.toString(encoding))
  }
}

export function secretsIn(where, planted, parts) {
  const all = Buffer.concat(parts)
  return planted
    .filter(text => [...spellings(text)].some(bytes => bytes.length >= 8 && all.includes(bytes)))
    .map(text => `“${text.slice(0, 16)}…” is in ${where}`)
}
