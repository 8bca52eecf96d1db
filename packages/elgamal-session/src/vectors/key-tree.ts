/** Frozen: what a controller makes of these changes and this chance, and where members get to with it. */
import type { JsonObject } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import { agree, type CaseRunner, lateRefusalOf, refusalOf } from '@chartseal/core/vectors'
import { epochKey, KeyTree, MemberPath } from '../tree.js'
import { Chance } from './chance.js'

/** A controller, and the members whose paths were given. */
interface Scene {
  readonly conferenceId: Uint8Array
  readonly tree: KeyTree
  readonly chance: Chance
  readonly leafKeys: Map<number, SecretBytes>
  readonly members: Map<number, MemberPath>
}

export const keyTree: CaseRunner = async testCase => {
  const conferenceId = testCase.hex('conference_id')
  if (testCase.has('refused')) {
    const leafKey = new SecretBytes(testCase.hex('leaf_key'))
    const read = (): unknown => MemberPath.fromPath(testCase.hex('path'), leafKey, conferenceId)
    agree('the refusal', refusalOf(read), testCase.text('refused'))
    return
  }
  const chance = new Chance()
  const tree = new KeyTree({ conferenceId, random: chance })
  const scene: Scene = { conferenceId, tree, chance, leafKeys: new Map(), members: new Map() }
  for (const step of testCase.objects('steps')) await takeStep(scene, step)
}

async function takeStep(scene: Scene, step: JsonObject): Promise<void> {
  const { tree, leafKeys, members } = scene
  const does = step.text('does')
  if (does === 'commit') return commit(scene, step)
  const leaf = step.count('leaf')
  if (does === 'leave') {
    tree.leave(leaf)
    members.delete(leaf)
    return
  }
  const leafKey = new SecretBytes(step.hex('leaf_key'))
  leafKeys.set(leaf, leafKey)
  if (does === 'join') agree('the leaf', tree.join(leafKey), leaf)
  else tree.replaceLeafKey(leaf, leafKey)
}

async function commit(scene: Scene, step: JsonObject): Promise<void> {
  const { tree, chance, conferenceId, members } = scene
  const epoch = step.count('epoch')
  chance.next(step.hex('random'))
  const { commit: bytes, rootKey } = tree.commit(epoch)
  agree('what is left of the chance', chance.left, 0)
  agree('the commit', bytes, step.hex('commit'))
  agree('the root key', rootKey.reveal(), step.hex('root_key'))
  const groupKey = epochKey(rootKey, conferenceId, step.count('incarnation'), epoch)
  agree('the epoch key', groupKey.reveal(), step.hex('epoch_key'))
  for (const refused of step.has('refused') ? step.objects('refused') : []) await refuse(scene, refused)
  for (const [leaf, member] of members)
    agree(`the root key of leaf ${leaf}`, member.apply(step.hex('commit'), epoch).reveal(), rootKey.reveal())
  for (const path of step.objects('paths')) give(scene, path, rootKey)
}

function give(
  { tree, conferenceId, leafKeys, members }: Scene,
  path: JsonObject,
  rootKey: SecretBytes,
): void {
  const leaf = path.count('leaf')
  agree('the path', tree.pathOf(leaf), path.hex('path'))
  const leafKey = leafKeys.get(leaf)
  if (leafKey === undefined) throw new Error('internal: a path of somebody who did not join')
  const member = MemberPath.fromPath(path.hex('path'), leafKey, conferenceId)
  agree('the root key of the path', member.rootKey().reveal(), rootKey.reveal())
  members.set(leaf, member)
}

/** What a member answers to another commit; they are where they were. */
async function refuse({ members }: Scene, refused: JsonObject): Promise<void> {
  const member = members.get(refused.count('leaf'))
  const [bytes, epoch] = [refused.hex('commit'), refused.count('epoch')]
  agree('the code', await lateRefusalOf(() => member?.apply(bytes, epoch)), refused.text('code'))
}
