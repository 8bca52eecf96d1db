/** Step: the designs that were published are broken, one after the other, and version 2 refuses the same. */
import { attacks, runAttack } from '@chartseal/conformance/attacks'
import type { Stage } from '../story.js'
import type { World } from '../world.js'

export async function breakPublished(stage: Stage, { io }: World): Promise<void> {
  for (const attack of attacks) {
    const { isBroken, answer } = await runAttack(attack, io)
    stage.check(`as published: ${attack.title}`, isBroken)
    stage.answer(`${attack.name}, in version 2`, attack.refusal, answer)
  }
  stage.note('`npm run -s chartseal -- attack NAME` shows one of them step by step')
}
