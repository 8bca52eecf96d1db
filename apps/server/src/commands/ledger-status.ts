/** How far the ledger of the running server is, who seals it, and whether this clinic does. */

import type { JsonObject } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import type { Command } from '../command.js'
import { Asking, atFlag } from './ledger-asking.js'

export const ledgerStatus: Command = {
  name: 'ledger status',
  summary: 'say how far the ledger of the running server is, who leads, and whether this clinic seals',
  example: 'chartseal-server ledger status --port 8471',
  flags: { at: atFlag },
  settings: ['port'],
  async run(io, { config, own }) {
    const about = await new Asking(config, own['at']).json('/sealing')
    for (const [name, value] of rowsOf(about)) io.out(`${name.padEnd(12)} ${value}\n`)
    return about.boolean('working') ? 0 : 1
  },
}

function rowsOf(about: JsonObject): readonly (readonly [string, string])[] {
  const [roster, peers] = [about.object('roster'), about.object('peers')]
  const own = about.has('own') ? about.text('own') : null
  return [
    ['ledger', `${quoted(about.text('name'))} ${about.text('ledger')}`],
    ['tip', `block ${about.object('tip').count('height')}`],
    ['final', `block ${about.object('final').count('height')}`],
    ['waiting', `${about.count('pending')} records`],
    ['peers', `${peers.count('there')} of ${peers.count('named')} answer`],
    ...(about.has('gossip') ? gossipRows(about.object('gossip')) : []),
    ...(about.has('turns') ? turnRows(about.object('turns')) : [['rule', about.text('rule')] as const]),
    ...(about.has('witnesses') ? [witnessRow(about.object('witnesses'))] : []),
    [
      'roster',
      `number ${roster.count('number')}; ${roster.count('quorum')} of ${roster.count('registrars')} registrars change it`,
    ],
    [
      'this clinic',
      `${about.boolean('seals') ? 'seals' : 'does not seal'}${own === null ? '' : `, key ${own}`}`,
    ],
    ...(about.has('seal_fault') ? [['stopped by', whatStops(about.text('seal_fault'))] as const] : []),
    ...offenceRow(about.count('offences')),
    ['works', about.boolean('working') ? 'yes' : 'no: see the log of the server'],
  ]
}

function witnessRow(witnesses: JsonObject): readonly [string, string] {
  const [named, quorum] = [witnesses.count('named'), witnesses.count('quorum')]
  if (quorum === 0) return ['witnesses', 'none: final is what its key says']
  return ['witnesses', `${quorum} of ${named} cosign what is final`]
}

function offenceRow(count: number): readonly (readonly [string, string])[] {
  if (count === 0) return []
  return [['offences', `${count} proofs that sealers signed twice: GET /v1/ledger/offences has them`]]
}

/** What an administrator does about it. */
function whatStops(code: string): string {
  const next =
    code === 'ledger/no-witness-time'
      ? 'a quorum of witnesses must answer: see the log of the server'
      : 'compare the clock of this machine with those of the peers, and set it right'
  return `${code}: ${next}`
}

function gossipRows(gossip: JsonObject): readonly (readonly [string, string])[] {
  const [there, rejected] = [gossip.count('there'), gossip.count('rejected')]
  const lies = rejected === 0 ? '' : `; ${rejected} messages were of no honest node`
  return [['gossip', `${there} of ${gossip.count('named')} hear it${lies}`]]
}

function turnRows(turns: JsonObject): readonly (readonly [string, string])[] {
  const sealers = turns.objects('sealers')
  const leader = sealers.find(sealer => sealer.text('kid') === turns.text('leader'))
  return [
    [
      'rule',
      `poa: slots of ${turns.count('slot_seconds')} s, ${turns.count('slots_per_turn')} a turn, tolerates ${turns.text('tolerates')}`,
    ],
    [
      'sealers',
      `${sealers.length}, of whom ${turns.count('quorum')} decide: ${sealers.map(sealer => quoted(sealer.text('name'))).join(', ')}`,
    ],
    ['leads', `${quoted(leader?.text('name') ?? '')} in slot ${turns.count('slot')}`],
  ]
}
