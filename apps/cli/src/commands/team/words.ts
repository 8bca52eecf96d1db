/** What happens in a care team, for people and for machines. */
import { encodeBase64, encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted, visible } from '@chartseal/core/text'
import type { TeamBody, TeamEvent, TeamMessage, TeamPerson } from '@chartseal/elgamal-session/team'
import { textOf } from '../../io/command.js'
import type { WrittenFiles } from './files.js'

/** Of somebody else: on one line, so that it cannot be taken for what stands beside it. */
export const oneLine = (text: string): string => visible(text).replace(/[\n\t\u2028\u2029]/g, ' ')

export const listOf = (people: readonly { readonly name: string }[]): string =>
  people.map(({ name }) => oneLine(name)).join(', ')

export function eventText(event: TeamEvent, files: WrittenFiles): string {
  switch (event.kind) {
    case 'message':
      return messageText(event.message, files.get(event.message))
    case 'left':
      return `${oneLine(event.person.name)} leaves. The keeper removes them: until then they could still read.`
    case 'changed':
      return changeText(event)
    case 'removed':
      return 'You were removed. What comes from now on cannot be read here.'
    case 'waiting':
      return 'This belongs to a change of the team that is not here yet: it is kept, and shown when that is here.'
    case 'known':
      return 'This was here before.'
    case 'refused':
      return `Of what had waited, something was refused: ${oneLine(event.reason)}`
    case 'behind':
      return `This file is an old copy: members are at epoch ${event.heardEpoch}. Go on with chartseal team renew.`
  }
}

function messageText(message: TeamMessage, file: string | undefined): string {
  const { sender, isKeeper, body } = message
  const name = `${oneLine(sender.name)}${isKeeper ? ' (keeper)' : ''}`
  const said =
    file === undefined ? `: ${indented(textOf(body.content) ?? '')}` : ` sends ${fileText(file, body)}`
  return [`${name}${said}`, ...remarksOn(message).map(remark => `  [${remark}]`)].join('\n')
}

function fileText(file: string, { mediaType, content, fileName }: TeamBody): string {
  const named = fileName === undefined ? '' : `, named ${quoted(fileName)}`
  return `${oneLine(file)}: ${content.length} bytes of ${quoted(mediaType)}${named}`
}

/** What a reader must know beside the text. */
function remarksOn(message: TeamMessage): readonly string[] {
  const { sender, missing, isMissingPerhapsEarlier, isLate, sentBefore } = message
  const name = oneLine(sender.name)
  const remarks: string[] = []
  if (missing > 0) {
    const perhaps = isMissingPerhapsEarlier ? ', perhaps from before you came' : ''
    remarks.push(`${missing} of ${name} before this did not arrive${perhaps}`)
  }
  if (isLate) remarks.push(`written before what you have of ${name}`)
  if (sentBefore.length > 0)
    remarks.push(`sent before ${sentBefore.map(oneLine).join(', ')} was removed: they could read it`)
  return remarks
}

/** No line of a text looks like the beginning of another message. */
const indented = (text: string): string =>
  visible(text.replaceAll('\r\n', '\n')).replace(/[\n\u2028\u2029]/g, '\n  ')

function changeText({ epoch, title, added, removed }: TeamEvent & { readonly kind: 'changed' }): string {
  const parts = [
    added.length === 0 ? '' : ` Added: ${listOf(added)}.`,
    removed.length === 0 ? '' : ` Removed: ${listOf(removed)}.`,
  ]
  return `${oneLine(title)} is in epoch ${epoch}.${parts.join('')}`
}

export function eventAnswer(event: TeamEvent, files: WrittenFiles): Answer {
  switch (event.kind) {
    case 'message':
      return { event: 'message', ...messageAnswer(event.message, files.get(event.message)) }
    case 'left':
      return { event: 'left', name: event.person.name, sent_at_ms: event.sentAtMs }
    case 'changed': {
      const { epoch, atMs, title, added, removed } = event
      const names = { added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) }
      return { event: 'changed', epoch, at_ms: atMs, title, ...names }
    }
    case 'removed':
      return { event: 'removed', epoch: event.atEpoch }
    case 'waiting':
      return { event: 'waiting', epoch: event.epoch }
    case 'known':
      return { event: 'known' }
    case 'refused':
      return { event: 'refused', code: event.code, message: event.reason }
    case 'behind':
      return { event: 'behind', epoch: event.heardEpoch }
  }
}

function messageAnswer(message: TeamMessage, file: string | undefined): Answer {
  const { sender, isKeeper, epoch, sequence, sentAtMs, body, missing, isLate, sentBefore } = message
  return {
    name: sender.name,
    is_keeper: isKeeper,
    epoch,
    number: sequence,
    sent_at_ms: sentAtMs,
    type: body.mediaType,
    file_name: body.fileName ?? null,
    ...(file === undefined ? contentAnswer(body) : { file, size_bytes: body.content.length }),
    missing,
    is_late: isLate,
    sent_before_removal_of: [...sentBefore],
  }
}

function contentAnswer({ content }: TeamBody): { readonly [field: string]: string } {
  const text = textOf(content)
  return text === null ? { content_base64: encodeBase64(content) } : { content: text }
}

export function personAnswer({ name, role, leaf, signing, box }: TeamPerson): Answer {
  return { name, role, is_keeper: leaf === 0, signing_key: encodeHex(signing), mailbox: box }
}
