/** The `prepack` of each package: npm would leave `workspace:*` in the manifest, which nobody can install. */
const { npm_config_user_agent: agent = '', npm_command: command = '' } = process.env

const refusal =
  command === 'publish'
    ? 'Packages are published by .github/workflows/release.yml: see docs/releasing.md.'
    : agent.startsWith('pnpm/')
      ? null
      : 'npm cannot pack a workspace: npm run pack -- FOLDER, in the root, makes tarballs of all packages.'
if (refusal !== null) {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 1
}
