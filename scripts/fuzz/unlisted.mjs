/** Which public readers of the packages are under no trial: their names say that they take what comes from elsewhere. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, root, workspaces } from '../lib/workspace.mjs'

const form = /^(parse|decode|read|verify|inspect|explain|open|import|accept|combine|replay|check)[A-Z]?/

/** What is under no trial of its own, by why. */
const elsewhere = {
  'reads a folder or a file, whose formats are tried; its tests damage the disk': [
    'openKeyValue openLog readClaims readKeyValue readLog openFrameFile openAuditFolder readAuditKeys openBookSeal',
    'openJournalFile openSlotFile readBookFile openClinicLog readLogKey readDevice openFolderBlobStore openFolderBlocks',
    'openLogWriter openWitness openSubjectKeys readSubjectKeys openChain readChain openSeal openLogKey openSignerFolder',
  ],
  'takes a value that was read before': [
    'checkEntry checkRecord importNotice importRecord importedLines checkLink checkRoster checkHeader verifyLink checkPin',
    'checkReplica checkPublicKey parseEpoch readingKey verifyError checkpointBy',
  ],
  'is run by another one that is tried, or runs those': [
    'openAccessEntry readAll verifyProof verifyTree readLeaves openStreamBehind parseDrillChallenge',
    'parsePendingShare parseRefreshDeal parseRefreshReply parseRefreshedSet parseShareSet parseZeroShare combine',
    'combineMnemonics openPayload openPayloadReader readRecord verifyPayload importAgeStream openEnvelope openOwnShare',
    'verifyRequest',
  ],
  'is a workflow of several steps, with hostile tests of its own': [
    'openKit openKitBook openOnce openReleased replayEmergency acceptInvitation acceptTeamInvitation openTeamWelcome',
    'acceptAttachment openLink openWithRing openLogSigner',
  ],
  'hardens a passphrase first': ['importRing openRingAtRest'],
}

async function readersOf({ path, folder, manifest }) {
  const entries = Object.entries(manifest.exports).filter(([subpath]) => !/vectors$/.test(subpath))
  const files = entries.map(([, entry]) => entry.default ?? '').filter(file => file.endsWith('.js'))
  const modules = await Promise.all(files.map(file => import(join(path, file))))
  const names = modules.flatMap(module =>
    Object.keys(module).filter(name => typeof module[name] === 'function' && form.test(name)),
  )
  return [...new Set(names)].map(name => ({ name, folder }))
}

/** One finding for each that is under no trial without a reason, and for each reason that nothing needs. */
export async function unlisted() {
  const text = filesBelow(join(root, 'scripts/fuzz/targets'))
    .map(path => readFileSync(path, 'utf8'))
    .join('\n')
  const packages = workspaces().filter(
    ({ folder }) => folder.startsWith('packages/') && !/testkit|conformance/.test(folder),
  )
  const all = (await Promise.all(packages.map(readersOf))).flat()
  const excused = new Set(Object.values(elsewhere).flatMap(lines => lines.join(' ').split(' ')))
  const missing = all.filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(text))
  const needed = new Set(missing.map(({ name }) => name))
  return [
    ...missing
      .filter(({ name }) => !excused.has(name))
      .map(
        ({ name, folder }) =>
          `${folder}: ${name} is in no file of scripts/fuzz/targets, and unlisted.mjs does not say why`,
      ),
    ...[...excused]
      .filter(name => !needed.has(name))
      .map(name => `unlisted.mjs excuses ${name}, which needs none`),
  ]
}
