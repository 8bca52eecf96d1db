/** How every check ends: its findings one per line, and an exit code. */
export function report(name, findings, notes = []) {
  for (const note of notes) process.stdout.write(`${note}\n`)
  for (const finding of findings) process.stdout.write(`${finding}\n`)
  process.stdout.write(findings.length === 0 ? `${name}: ok\n` : `${name}: ${findings.length} findings\n`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
