import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { explainBytes } from '@chartseal/clinic/explain'
import { type CareTeamFileOptions, createCareTeamFile, withCareTeamFile } from '@chartseal/clinic/fs/team'
import {
  type AcceptedTeam,
  acceptTeamInvitation,
  addFromAnswer,
  careTeamError,
  formatTeamAnswer,
  formatTeamFrame,
  formatTeamInvitation,
  formatTeamWelcome,
  openTeamWelcome,
  parseTeamAnswer,
  parseTeamFrame,
  parseTeamInvitation,
  parseTeamWelcome,
  sealTeamInvitation,
  sealWelcomeAgain,
  teamKindOf,
} from '@chartseal/clinic/team'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  createTeam,
  receiveForTeam,
  sealForTeam,
  type TeamKeeper,
  type TeamMember,
  teamAnswerOf,
} from '@chartseal/elgamal-session/team'
import { newArgon2id } from '@chartseal/kdf-keyring'
import { codeOf, codesRaised, propertyRuns, quickArgon2id } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acknowledge, type Device, readPasted } from '../dist/index.js'
import { done, pairDevices, worldAt } from './people.js'

const world = worldAt()
// The command line raises the last two.
const expectCode = codesRaised(careTeamError, ['care-team/not-the-keeper', 'care-team/is-the-keeper'])
const text = encodeUtf8('It itches.')
const thread = { names: { patientId: 'PAT-12345', thread: 'ward 3' } }
const team = (): TeamKeeper => createTeam({ title: 'Rosa, ward 3', name: 'Dr. Okafor' }, world)

interface Stage {
  readonly keeper: TeamKeeper
  readonly doctor: Device
  readonly patient: Device
  readonly accepted: AcceptedTeam
  readonly invitation: Uint8Array
}

function accepted(): Stage {
  const { doctor, patient } = pairDevices()
  const invited = done(sealTeamInvitation(team(), doctor, { ...thread, role: 'patient' }, world))
  const { message } = invited.result
  const answered = done(acceptTeamInvitation(patient, message, { ...thread, box: 'box-of-rosa' }, world))
  return {
    keeper: invited.result.seat,
    doctor: invited.device,
    patient: answered.device,
    accepted: answered.result,
    invitation: message,
  }
}

describe('a care team by way of a pair', () => {
  it('brings somebody in by one message each way and a welcome', () => {
    const { keeper, doctor, patient, accepted: answer } = accepted()
    const added = done(addFromAnswer(keeper, doctor, answer.message, thread, world))
    const { added: person, to } = added.result.adding
    expect(person).toMatchObject({ name: 'Rosa', role: 'patient', box: 'box-of-rosa' })
    expect(to).toEqual([])
    const { message } = added.result
    const welcomed = done(openTeamWelcome(answer.seat, answer.pair, patient, message, thread, world))
    expect(welcomed.result.seat.phase).toBe('in')
    const body = { mediaType: 'text/plain', content: encodeUtf8('It itches.') }
    const said = sealForTeam(welcomed.result.seat, body, world)
    const { events } = receiveForTeam(added.result.seat, said.frame, world)
    expect(events).toMatchObject([{ kind: 'message', message: { sender: { name: 'Rosa' } } }])
  })

  it('gives the same answer again, and a welcome again, when they were lost', async () => {
    const { keeper, doctor, patient, accepted: answer, invitation } = accepted()
    const again = done(acceptTeamInvitation(patient, invitation, thread, world, answer.seat))
    expect(again.result.seat).toBe(answer.seat)
    const added = done(addFromAnswer(keeper, doctor, again.result.message, thread, world))
    const acknowledged = done(acknowledge(added.device, added.result.answer)).device
    expect(await codeOf(() => addFromAnswer(keeper, acknowledged, again.result.message, thread, world))).toBe(
      'thread/replayed',
    )
    const anew = done(sealWelcomeAgain(added.result.seat, added.device, thread, world))
    const { message } = anew.result
    const welcomed = done(openTeamWelcome(answer.seat, answer.pair, again.device, message, thread, world))
    expect(welcomed.result.events).toMatchObject([{ kind: 'changed', epoch: 2 }])
  })

  it('refuses what this side sealed, messages of another kind, another thread and another pair', async () => {
    const { keeper, doctor, patient, accepted: answer, invitation } = accepted()
    const accept =
      (message: Uint8Array, known: TeamMember | null = null) =>
      () =>
        acceptTeamInvitation(patient, message, { ...thread, again: true }, world, known)
    await expectCode('care-team/own-message', accept(answer.message))
    await expectCode('care-team/own-message', () => addFromAnswer(keeper, doctor, invitation, thread, world))
    const added = done(addFromAnswer(keeper, doctor, answer.message, thread, world))
    await expectCode('care-team/not-an-invitation', accept(added.result.message))
    const open = (message: Uint8Array, pair: string) => () =>
      openTeamWelcome(answer.seat, pair, patient, message, { ...thread, again: true }, world)
    await expectCode('care-team/not-a-welcome', open(invitation, answer.pair))
    await expectCode('care-team/other-pair', open(added.result.message, 'another pair'))
    const other = done(sealTeamInvitation(team(), added.device, { ...thread, role: 'patient' }, world))
    await expectCode('care-team/other-team', accept(other.result.message, answer.seat))
    await expectCode('care-team/not-an-answer', () =>
      parseTeamAnswer(formatTeamInvitation(invitationOf(keeper))),
    )
  })
})

const invitationOf = ({ id, title, keeperKey }: TeamKeeper) => ({ id, title, keeperKey })

describe('what the thread of a pair carries', () => {
  it('is read as it was written, and known by its type', () => {
    const invitation = invitationOf(team())
    expect(parseTeamInvitation(formatTeamInvitation(invitation))).toEqual(invitation)
    const { accepted: answer } = accepted()
    const said = teamAnswerOf(answer.seat, 'box')
    expect(parseTeamAnswer(formatTeamAnswer(said))).toEqual(said)
    expect(parseTeamWelcome(formatTeamWelcome(Uint8Array.of(1)))).toEqual(Uint8Array.of(1))
    const kinds = [
      formatTeamInvitation(invitation),
      formatTeamAnswer(said),
      formatTeamWelcome(new Uint8Array()),
    ]
    expect(kinds.map(({ mediaType }) => teamKindOf(mediaType))).toEqual(['invitation', 'answer', 'welcome'])
    expect(teamKindOf('text/plain')).toBeNull()
  })

  it('is refused with another version, a key or id of another length, or a title that nobody can read', async () => {
    const { mediaType, content } = formatTeamInvitation(invitationOf(team()))
    const changed = (from: RegExp, to: string) => () =>
      parseTeamInvitation({ mediaType, content: encodeUtf8(decodeUtf8(content).replace(from, to)) })
    await expectCode('care-team/invalid', changed(/"v":1/, '"v":2'))
    await expectCode('care-team/invalid', changed(/"id":"[^"]*"/, '"id":"AAAA"'))
    await expectCode('care-team/invalid', changed(/"keeper":"[^"]*"/, '"keeper":"AAAA"'))
    await expectCode('care-team/invalid', changed(/ward 3/, '\\u001b[2J'))
    await expectCode('care-team/invalid', changed(/Rosa, ward 3/, ''))
    const answer = formatTeamAnswer(teamAnswerOf(accepted().accepted.seat))
    const spaced = encodeUtf8(decodeUtf8(answer.content).replace('"box":""', '"box":"a b"'))
    await expectCode('care-team/invalid', () => parseTeamAnswer({ ...answer, content: spaced }))
  })
})

describe('a text of a care team', () => {
  const frame = sealForTeam(team(), { mediaType: 'text/plain', content: encodeUtf8('hello') }, world).frame

  it('has one spelling, is found in what a chat made of it, and is explained', async () => {
    const text = formatTeamFrame(frame)
    expect(parseTeamFrame(text)).toEqual(frame)
    const broken = `> ${text.slice(0, 40)}\n> ${text.slice(40)}\n`
    const { found } = readPasted(`Dr. Okafor wrote:\n${broken}`, { wanted: ['team-frame'] })
    expect(found).toMatchObject([{ kind: 'team-frame', text, refusal: null }])
    expect(await explainBytes(encodeUtf8(text))).toMatchObject({
      kind: 'text of a care team, version 2',
      refusal: null,
      facts: { epoch: 1, number_of_sender: 1n, place_of_sender: 0 },
    })
    expect(await explainBytes(frame)).toMatchObject({ kind: 'frame of a care team, version 2, in bytes' })
    const cut = frame.subarray(0, 60)
    expect(await explainBytes(cut)).toMatchObject({ refusal: { code: 'team/malformed' } })
    expect(await explainBytes(encodeUtf8(`${text.slice(0, -1)}`))).toMatchObject({
      refusal: { code: 'pasted/unfinished' },
    })
  })

  it('is refused in any other form', async () => {
    const text = formatTeamFrame(frame)
    for (const wrong of [
      '',
      `${text}\n`,
      ` ${text}`,
      text.replace('team-v2', 'v2'),
      '[CHARTSEAL:team-v2:AAAA]',
    ])
      await expectCode('care-team/not-a-text', () => parseTeamFrame(wrong))
    fc.assert(
      fc.property(fc.string(), any => {
        expect(() => parseTeamFrame(any)).toThrow()
      }),
      propertyRuns(),
    )
  })
})

describe('the file of a care team', () => {
  function placeOf(): CareTeamFileOptions {
    const folder = mkdtempSync(join(tmpdir(), 'chartseal-team-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'ward3.team')
    return { path, passphrase: 'seven quiet herons', random: systemRandom, argon2id: quickArgon2id }
  }
  const parameters = { ...newArgon2id(systemRandom), memoryKiB: 19_456, passes: 2 }

  it('keeps one state under a passphrase, and lets one process at a time change it', async () => {
    const options = placeOf()
    await expectCode('care-team/missing', () => withCareTeamFile(options, async () => undefined))
    await createCareTeamFile(
      { ...options, parameters },
      { team: team(), pair: '', keeperName: '', unsent: [] },
    )
    await expectCode('care-team/exists', () =>
      createCareTeamFile({ ...options, parameters }, { team: team(), pair: '', keeperName: '', unsent: [] }),
    )
    await withCareTeamFile(options, async held => {
      await expectCode('care-team/in-use', () => withCareTeamFile(options, async () => undefined))
      await held.store({ team: held.team, pair: 'a pair', keeperName: 'Dr. Okafor', unsent: [] })
    })
    const kept = await withCareTeamFile(options, async ({ pair, keeperName }) => ({ pair, keeperName }))
    expect(kept).toEqual({ pair: 'a pair', keeperName: 'Dr. Okafor' })
  })

  it('keeps what was sealed until it has left, whatever ends the process before', async () => {
    const options = placeOf()
    await createCareTeamFile(
      { ...options, parameters },
      { team: team(), pair: '', keeperName: '', unsent: [] },
    )
    const send = (leave: () => Promise<void>): Promise<readonly Uint8Array[]> =>
      withCareTeamFile(options, async held => {
        const { seat, frame } = sealForTeam(held.team, { mediaType: 'text/plain', content: text }, world)
        const unsent = [...held.unsent, frame]
        await held.storeAndSend({ ...held, team: seat, unsent }, leave)
        return unsent
      })
    const killed = async (): Promise<void> => {
      throw new RangeError('killed')
    }
    await expect(send(killed)).rejects.toThrow('killed')
    await expect(send(killed)).rejects.toThrow('killed')
    expect(await send(async () => undefined)).toHaveLength(3)
    const left = await withCareTeamFile(options, async ({ team: { own }, unsent }) => [own.sequence, unsent])
    expect(left).toEqual([3n, []])
  })

  it('is refused with another passphrase, changed, or of another kind', async () => {
    const options = placeOf()
    await createCareTeamFile(
      { ...options, parameters },
      { team: team(), pair: '', keeperName: '', unsent: [] },
    )
    const open =
      (more = {}) =>
      () =>
        withCareTeamFile({ ...options, ...more }, async () => undefined)
    await expectCode('care-team/wrong-passphrase', open({ passphrase: 'another' }))
    const bytes = Uint8Array.from(readFileSync(options.path))
    writeFileSync(options.path, bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1))
    await expectCode('care-team/wrong-passphrase', open())
    writeFileSync(options.path, 'a note')
    await expectCode('care-team/damaged', open())
  })
})
