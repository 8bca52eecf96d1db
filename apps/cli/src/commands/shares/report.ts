/** What people are told about shares. */

export function splitReport(files: readonly string[], threshold: number): string {
  const count = `Any ${threshold} of these ${files.length} files recover the secret.`
  return [...files, count, 'Give each one to another custodian, and keep no copy together.', ''].join('\n')
}
