/** What the registry says of what we depend on: known faults, and its signatures over what was installed. */
import { spawnSync } from 'node:child_process'
import { childEnv, pnpm } from './process.mjs'
import { root } from './workspace.mjs'

function ask(...args) {
  const [command, ...before] = pnpm()
  const options = { cwd: root, env: childEnv(), encoding: 'utf8' }
  const { status, stdout, stderr } = spawnSync(command, [...before, ...args], options)
  return { status, said: `${stdout}${stderr}` }
}

const silence = 'the registry that packages come from here'

/** Faults of weight in what is published, by the advisories of the registry. */
function advisories() {
  const { status, said } = ask('audit', '--prod', '--audit-level', 'high')
  if (/AUDIT_BAD_RESPONSE|AUDIT_ENDPOINT|ENOTFOUND|ECONNREFUSED/.test(said))
    return { findings: [], silent: [`${silence} has no advisories`] }
  return { findings: status === 0 ? [] : [`pnpm audit: ${said.trim()}`], silent: [] }
}

/** Packages whose signature is missing or wrong, where the registry has keys. */
function signatures() {
  const { status, said } = ask('audit', 'signatures')
  if (/No dependencies were installed from a registry with signing keys/.test(said))
    return { findings: [], silent: [`${silence} has no signing keys`] }
  return { findings: status === 0 ? [] : [`pnpm audit signatures: ${said.trim()}`], silent: [] }
}

/** What is wrong, and of what nothing is known, as the registry does not answer. */
export function supply() {
  const answers = [advisories(), signatures()]
  return {
    findings: answers.flatMap(({ findings }) => findings),
    silent: answers.flatMap(({ silent }) => silent),
  }
}
