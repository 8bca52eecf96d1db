/** The main job on real input: one story through the whole clinic. */
import { listAuditLog } from './steps/audit-log.js'
import { mineChain } from './steps/blocks.js'
import { breakGlass } from './steps/break-glass.js'
import { visitClinic } from './steps/clinic.js'
import { readPublished } from './steps/compatibility.js'
import { holdConference } from './steps/conference.js'
import { handOutLink } from './steps/health-link.js'
import { makeKeys } from './steps/keys.js'
import { breakPublished } from './steps/laboratory.js'
import { sendMessages } from './steps/messages.js'
import { cutAndHeal } from './steps/partition.js'
import { prescribe } from './steps/prescribe.js'
import { signPrescriptions } from './steps/prescriptions.js'
import { shareRecords } from './steps/records.js'
import { splitRing } from './steps/ring-kit.js'
import { type Story, StoryEnded } from './story.js'
import type { World } from './world.js'

/** Tells the story to its end, or to the step that broke; `story.steps` says how it went. */
export async function runDemo(story: Story, world: World): Promise<void> {
  try {
    await tell(story, world)
  } catch (error) {
    if (!(error instanceof StoryEnded)) throw error
  }
}

async function tell(story: Story, world: World): Promise<void> {
  const clinic = await story.step('Keys for a doctor, a patient and a pharmacist', stage =>
    makeKeys(stage, world),
  )
  try {
    const sent = await story.step('Results go out as sealed messages', stage =>
      sendMessages(stage, world, clinic),
    )
    const issued = await story.step('A prescription on the ledger of two clinics', stage =>
      prescribe(stage, world, clinic),
    )
    await story.step('The network is cut, and the last unit asked for twice', stage =>
      cutAndHeal(stage, clinic, issued),
    )
    await story.step('Prescriptions of version 1 are signed and mined', async stage =>
      mineChain(stage, world, clinic, await signPrescriptions(stage, world, clinic)),
    )
    await story.step('Record and image are shared', stage => shareRecords(stage, world, clinic))
    await story.step('A link that other programs open', stage => handOutLink(stage, world, clinic))
    if (world.patients > 0)
      await story.step('A conference of one doctor and many patients', stage =>
        holdConference(stage, world, clinic),
      )
    if (world.server)
      await story.step("A message by way of a clinic's server", stage =>
        visitClinic(stage, world, clinic, sent),
      )
    await story.step("The doctor's ring is split 2-of-3", stage => splitRing(stage, world, clinic, sent))
    await story.step('At night a quorum opens one record', stage => breakGlass(stage, world, clinic))
    await story.step('Version 1 is still read', stage => readPublished(stage, world, clinic))
    if (world.laboratory)
      await story.step('What was published is broken', stage => breakPublished(stage, world))
    await story.step('The audit log of all this', stage => listAuditLog(stage, world, clinic))
  } finally {
    await clinic.trail.close()
  }
}
