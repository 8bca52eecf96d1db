/**
 * What a release would be: `changeset status` and `changeset version` work in a copy, all published packages get one version
 * and a CHANGELOG. Beside it the workflows (least permissions, actions pinned by a full tag), and what the registry says of
 * our dependencies: with `--registry-answers` it must say it. `--show` prints the CHANGELOG of the command line.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nextRelease, pending } from './lib/next-release.mjs'
import { report } from './lib/report.mjs'
import { supply } from './lib/supply.mjs'
import { publishable } from './lib/tarballs.mjs'
import { root } from './lib/workspace.mjs'

function workflowFindings(name) {
  const text = readFileSync(join(root, '.github/workflows', name), 'utf8')
  const loose = [...text.matchAll(/uses: *(\S+)/g)].filter(([, action]) => !/@v\d+\.\d+\.\d+$/.test(action))
  return [
    ...loose.map(([, action]) => `${name}: ${action} must be pinned by a full tag`),
    ...(/^permissions: *\{\}$|^permissions:\n {2}contents: read$/m.test(text)
      ? []
      : [`${name}: the permissions at the top must be {} or contents: read`]),
    ...(/pull_request_target/.test(text) ? [`${name}: pull_request_target runs the code of strangers`] : []),
  ]
}

const unguarded = publishable()
  .filter(({ manifest }) => manifest.scripts?.prepack !== 'node ../../scripts/before-pack.mjs')
  .map(({ folder }) => `${folder}/package.json: "prepack" must be "node ../../scripts/before-pack.mjs"`)
const { findings, version, changelog } = nextRelease()
const said = supply()
const mustAnswer = process.argv.includes('--registry-answers')
if (process.argv.includes('--show')) process.stdout.write(`${changelog}\n`)
report(
  'release',
  [
    ...findings,
    ...unguarded,
    ...readdirSync(join(root, '.github/workflows')).flatMap(workflowFindings),
    ...said.findings,
    ...(mustAnswer ? said.silent : []),
  ],
  [
    `${pending().length} changesets, ${publishable().length} packages, version ${version}`,
    ...(mustAnswer ? [] : said.silent),
  ],
)
