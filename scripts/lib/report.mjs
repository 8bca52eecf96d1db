/**
 * Those of `names` that have one of the words in them; all without a word. A word that stands in none ends the run: with
 * nothing to look at, a check would find nothing.
 */
export function chosen(what, names, words) {
  for (const word of words) {
    if (names.some(name => name.includes(word))) continue
    process.stderr.write(
      `no ${what} has ${word} in its name; there are:\n${names.map(name => `  ${name}\n`).join('')}`,
    )
    process.exit(2)
  }
  return words.length === 0 ? names : names.filter(name => words.some(word => name.includes(word)))
}

/** How every check ends: its findings one per line, and an exit code. */
export function report(name, findings, notes = []) {
  for (const note of notes) process.stdout.write(`${note}\n`)
  for (const finding of findings) process.stdout.write(`${finding}\n`)
  process.stdout.write(findings.length === 0 ? `${name}: ok\n` : `${name}: ${findings.length} findings\n`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
