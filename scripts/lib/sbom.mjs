/**
 * What a published program is made of: CycloneDX, as pnpm writes it from the lockfile, of the program and of the page that it
 * brings. What is joined into its files is named there beside what npm installs, each at the version that was tested.
 */
import { spawnSync } from 'node:child_process'
import { childEnv, pnpm } from './process.mjs'
import { root } from './workspace.mjs'

export const sbomName = 'sbom.cdx.json'

const ours = /pkg:npm\/((?:%40chartseal\/|chartseal)[a-z-]*)@[^"]+/g

/** `workspaces`: the folders of the program and of its page. */
function fromLockfile(workspaces) {
  const [command, ...before] = pnpm()
  const filters = workspaces.flatMap(folder => ['--filter', `./${folder}`])
  const args = [...before, ...filters, 'sbom', '--prod', '--sbom-format', 'cyclonedx']
  const options = { cwd: root, env: childEnv(), encoding: 'utf8', maxBuffer: 2 ** 26 }
  const { status, stdout, stderr } = spawnSync(command, args, options)
  if (status !== 0) throw new Error(`pnpm sbom: ${stderr.trim()}`)
  return stdout
}

/**
 * The text of the bill of `manifest`, which is released as `version`. The same tree gives the same text: it has no number and
 * no time of its own.
 */
export function sbomOf({ name, description, license }, version, workspaces) {
  const text = fromLockfile(workspaces).replace(ours, (_, of) => `pkg:npm/${of}@${version}`)
  const { serialNumber, ...bill } = JSON.parse(text)
  const { timestamp, component, ...metadata } = bill.metadata
  const purl = `pkg:npm/${name}@${version}`
  const own = { type: 'application', name, version, purl, 'bom-ref': purl, description }
  return `${JSON.stringify(
    {
      ...bill,
      metadata: { ...metadata, component: { ...own, licenses: [{ license: { id: license } }] } },
      components: bill.components.map(one => (isOurs(one) ? { ...one, version } : one)),
      // Of several workspaces pnpm makes the root of the repository the one that depends on all.
      dependencies: bill.dependencies.map(one =>
        one.ref === component['bom-ref'] ? { ...one, ref: purl } : one,
      ),
    },
    null,
    1,
  )}\n`
}

const isOurs = ({ purl }) => purl.startsWith('pkg:npm/%40chartseal/') || purl.startsWith('pkg:npm/chartseal')
