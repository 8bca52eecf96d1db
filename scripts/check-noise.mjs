/**
 * Our Noise against others, which CI installs from Debian: the vectors of flynn/noise through the state machine that
 * conferences use, and handshakes with dissononce in Python, in both roles. Vectors of cacophony, snow and noise-c are
 * run as well where the shared folder has them. Exit 1 for what does not hold, 77 where one of the two is missing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { provide } from './lib/debian.mjs'
import { report } from './lib/report.mjs'
import { sharedFolder } from './lib/workspace.mjs'
import { peerFindings } from './noise/peer.mjs'
import { isForUs, runVector } from './noise/run-vector.mjs'
import { readVectors } from './noise/vector-files.mjs'

const skipped = 77
const flynn = '/usr/share/gocode/src/github.com/flynn/noise/vectors.txt'
const dissononce = '/usr/lib/python3/dist-packages/dissononce'
const ifThere = path => (existsSync(path) ? path : null)

const notes = []

function findingsOfFile(path) {
  const all = readVectors(readFileSync(path, 'utf8'))
  const own = all.filter(isForUs)
  const findings = own.map(findingOf).filter(finding => finding !== null)
  const names = new Set(own.map(({ name }) => name))
  notes.push(`${basename(path)}: ${own.length} vectors of ${names.size} patterns, of ${all.length} vectors`)
  if (own.length === 0) findings.push(`${path} has no vector of 25519, AESGCM and SHA256`)
  return findings
}

function findingOf(vector) {
  try {
    runVector(vector)
    return null
  } catch (error) {
    return `${vector.name}: ${error.message}`
  }
}

const needed = [
  provide('golang-github-flynn-noise-dev', () => ifThere(flynn)),
  provide('python3-dissononce', () => ifThere(dissononce)),
]
const reasons = needed.filter(({ found }) => found === null).map(({ reason }) => reason)
if (reasons.length > 0) {
  process.stdout.write(`noise: skipped: ${reasons.join('; ')}\n`)
  process.exitCode = skipped
} else {
  const folder = sharedFolder('vectors/noise')
  const more = folder === null ? [] : readdirSync(folder).map(name => join(folder, name))
  const given = process.argv.slice(2)
  const findings = [flynn, ...more, ...given].flatMap(findingsOfFile)
  const { handshakes, findings: ofPeer } = await peerFindings()
  notes.push(`dissononce: ${handshakes} handshakes`)
  report('noise', [...findings, ...ofPeer], notes)
}
