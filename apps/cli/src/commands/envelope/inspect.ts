import { encodeHex } from '@chartseal/core/encoding'
import { type GrantList, grantListCid, hintBytes } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { type CommonOptions, finish } from '../../io/command.js'
import { earlierIn, listAnswer, readList } from '../../io/envelope/lists.js'
import { kidOf } from '../../io/envelope/owner.js'
import type { Io } from '../../io/io.js'
import { describeRecords } from './describe.js'

/** `chartseal envelope inspect`. */
export function inspectCommand(io: Io): Command {
  return describeRecords(
    'inspect',
    'Tell what a grant list shows without a key, once its signature was checked',
    'chartseal envelope inspect scan.grants',
  )
    .argument('[list]', 'the grant list; - is stdin', '-')
    .action(async (file: string, options: CommonOptions) => {
      const list = await readList(io, file)
      await finish(io, options, { text: describe(list), answer: listAnswer(list) })
    })
}

const time = (ms: number): string => new Date(ms).toISOString()

function describe(list: GrantList): string {
  const { packageId, version, payloadCid, seq, previousCid, notBeforeMs, notAfterMs, purposes } = list
  const earlier = earlierIn(list)
  const rows = [
    ['Owner', `${kidOf({ verifyingKey: list.owner })}, whose signature it has`],
    ['Record', `${encodeHex(packageId)}, version ${version}`],
    ['Payload', payloadCid],
    ['List', `${seq}, ${grantListCid(list.bytes)}`],
    ...(previousCid === null ? [] : [['Follows', previousCid]]),
    ['Recipients', `${list.recipientCount}, not named: ${kinds(list)}`],
    ...(earlier.length === 0 ? [] : [['Earlier', `versions ${earlier.join(', ')}`]]),
    ...(notBeforeMs === null ? [] : [['From', time(notBeforeMs)]]),
    ...(notAfterMs === null ? [] : [['Until', time(notAfterMs)]]),
    ...(purposes.length === 0 ? [] : [['Purposes', purposes.join(', ')]]),
  ]
  return `${rows.map(([name = '', value]) => `${name.padEnd(11)} ${value}`).join('\n')}\n`
}

function kinds({ recipients }: GrantList): string {
  const counts = new Map<string, number>()
  for (const { kem, hints } of recipients) counts.set(kem, (counts.get(kem) ?? 0) + hints.length / hintBytes)
  return [...counts].map(([kem, count]) => `${count} ${kem}`).join(', ') || 'nobody'
}
