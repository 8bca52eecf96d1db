/** Whole tasks as people do them, with two browsers' worth of storage against one real clinic. Gives the findings. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { breakGlass, glassSays } from './break-glass.mjs'
import { careTeam, teamSays } from './care-team.mjs'
import { conference, conferenceSays } from './conference.mjs'
import { counter, counterSays } from './counter.mjs'
import { whatFailed } from './failure.mjs'
import { kits, lostPhone } from './kits.mjs'
import { longThread } from './long-thread.mjs'
import { messagesBothWays, offlineOnce, whoOpened } from './messages.mjs'
import { enrolBoth, pairByCamera, pairByTextAndDiffer } from './pairing.mjs'
import { partMissing } from './part-missing.mjs'
import { newPerson, passphrase } from './people.mjs'
import { prescriptionSays, prescriptions } from './prescriptions.mjs'
import { linkForOthers, recordByDrop, recordSeenBy, recordTakenBack, uploadCutOff } from './records.mjs'
import { secretsIn } from './secrets.mjs'
import { clinicSetBack } from './set-back.mjs'
import {
  desktop,
  doctorSays,
  expect,
  fileSays,
  offlineSays,
  patientSays,
  phone,
  recordSays,
} from './stage.mjs'
import { afterTheKit, askedAgain, blocked } from './trouble.mjs'
import { keyboardOnly, passkeys, recordByKeyboard } from './unlocking.mjs'
import { acceptVersion } from './versions.mjs'

/** @param only the names of tasks that need no other one, to try them alone; all of them otherwise */
export async function wholeTasks({ browser, clinic, cameraFile, pictures, pictureScale, say, only = null }) {
  const findings = []
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-kit-'))
  const doctor = await newPerson(browser, {
    name: 'Dr. Ada Okafor',
    locale: 'en-GB',
    viewport: desktop,
    findings,
  })
  const patient = await newPerson(browser, { name: 'Rosa Weiss', locale: 'es-ES', viewport: phone, findings })
  const stage = { browser, clinic, cameraFile, pictures, pictureScale, findings, folder, doctor, patient }
  const steps = [
    enrolBoth,
    pairByCamera,
    kits,
    messagesBothWays,
    offlineOnce,
    recordByDrop,
    recordTakenBack,
    uploadCutOff,
    recordSeenBy,
    linkForOthers,
    askedAgain,
    blocked,
    longThread,
    whoOpened,
    passkeys,
    keyboardOnly,
    recordByKeyboard,
    pairByTextAndDiffer,
    afterTheKit,
    conference,
    careTeam,
    prescriptions,
    counter,
    partMissing,
    breakGlass,
    lostPhone,
    clinicSetBack,
    acceptVersion,
    noSecretLeft,
  ]
  const names = steps.map(({ name }) => name)
  findings.push(
    ...(only ?? [])
      .filter(name => !names.includes(name))
      .map(name => `no task is called ${name}; there are ${names.join(', ')}`),
  )
  for (const step of steps.filter(({ name }) => only === null || only.includes(name))) {
    const startMs = performance.now()
    try {
      await step(stage)
    } catch (error) {
      findings.push(...(await whatFailed(step.name, error, browser)))
      await doctor.page.screenshot({ path: join(folder, `${step.name}-doctor.png`) }).catch(() => undefined)
      await patient.page.screenshot({ path: join(folder, `${step.name}-patient.png`) }).catch(() => undefined)
      findings.push(`pictures of where it stopped: ${folder}`)
      break
    }
    say(`${step.name}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
  }
  if (findings.length === 0) rmSync(folder, { recursive: true, force: true })
  return findings
}

/** The key of the slot, and the beginning of the offer. */
const secretsOfCode = code => [/\.([\w-]{43}) /.exec(code)[1], /chartseal-pair:([\w-]{60})/.exec(code)[1]]

/** What was planted is nowhere outside of the two pages: not on the wire, not in the clinic's folder or logs. */
async function noSecretLeft(stage) {
  const { doctor, patient, other, again, clinic, findings } = stage
  const planted = [
    passphrase,
    doctorSays,
    patientSays,
    offlineSays,
    fileSays,
    recordSays,
    'presión.txt',
    'film.bin',
    'teclado.txt',
    'piel.png',
    stage.link.slice(-120),
    doctor.name,
    patient.name,
    'Ulrich Brandt',
    ...Object.values(conferenceSays),
    ...Object.values(teamSays),
    ...Object.values(prescriptionSays),
    ...Object.values(counterSays),
    ...Object.values(glassSays),
    ...stage.sheetTexts.map(text => text.replaceAll(' ', '').slice(20, 80)),
    ...secretsOfCode(stage.code),
  ]
  const wires = [
    ...[doctor, patient, other, again].map(({ wire }) => wire),
    stage.conferenceWire,
    stage.teamWire,
    stage.prescriptionWire,
    stage.counterWire,
    stage.glassWire,
  ]
  const crossed = wires.flat().map(part => Buffer.from(part))
  findings.push(...secretsIn('the wire', planted, crossed))
  findings.push(...secretsIn("the clinic's folder or logs", planted, await clinic.traces()))
  expect(stage, 'nothing crossed the wire', crossed.length > 100)
}

export function pictureFolder(path) {
  if (path === undefined || path === '') return null
  mkdirSync(path, { recursive: true })
  return path
}
