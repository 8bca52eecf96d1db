/**
 * Handshake patterns of Noise by their names, by the rules of revision 34, 18.3, and the psk modifiers of 9.4: what the
 * package has as data is derived here a second time, and vectors need all of them.
 */

/** `{ name, knownStatics, messages }` of `XX`, `K1N` or `IKpsk2`, as the package takes it; `null` for other names. */
export function patternOf(name) {
  const parts = /^([NKX]|[NKXI]1?[NKX]1?)((?:psk[0-9])(?:\+psk[0-9])*)?$/.exec(name)
  if (parts === null) return null
  const [, base, modifiers = ''] = parts
  const { knownStatics, messages } = base.length === 1 ? oneWay(base) : interactive(base)
  for (const [, place] of modifiers.matchAll(/psk([0-9])/g)) if (!addPsk(messages, Number(place))) return null
  return { name, knownStatics, messages }
}

function addPsk(messages, place) {
  if (place > messages.length) return false
  if (place === 0) messages[0].unshift('psk')
  else messages[place - 1].push('psk')
  return true
}

const oneWay = sender => ({
  knownStatics: sender === 'K' ? ['initiator', 'responder'] : ['responder'],
  messages: [['e', 'es', ...{ N: [], K: ['ss'], X: ['s', 'ss'] }[sender]]],
})

function interactive(base) {
  const [, initiator, deferredInitiator, responder, deferredResponder] = /^(.)(1?)(.)(1?)$/.exec(base)
  const state = {
    initiator,
    responder,
    // Whose keys both sides have, by the letters of the tokens.
    known: { e: new Set(), s: new Set() },
    done: new Set(),
    deferred: { se: deferredInitiator === '1', es: deferredResponder === '1' },
    isInitiatorDeferred: deferredInitiator === '1',
  }
  const knownStatics = []
  if (initiator === 'K') knownStatics.push('initiator')
  if (responder === 'K') knownStatics.push('responder')
  for (const role of knownStatics) state.known.s.add(role)
  const messages = []
  for (let i = 0; i < 6; i++) {
    const tokens = messageOf(state, i % 2 === 0 ? 'initiator' : 'responder', i)
    if (tokens.length === 0) break
    messages.push(tokens)
  }
  return { knownStatics, messages }
}

/** The tokens of the next message of `role`: the first rule that matches, again and again. */
function messageOf(state, role, index) {
  const tokens = []
  const skipped = new Set()
  for (let token = nextToken(state, role, index, skipped); token !== null; ) {
    tokens.push(token)
    if (token.length === 1) state.known[token].add(role)
    else state.done.add(token)
    token = nextToken(state, role, index, skipped)
  }
  // What was put off once is due in the next message.
  for (const token of skipped) state.deferred[token] = false
  return tokens
}

function nextToken(state, role, index, skipped) {
  const { known, done, deferred } = state
  const has = { e: known.e.has('initiator'), s: known.s.has('initiator') }
  const theirs = { e: known.e.has('responder'), s: known.s.has('responder') }
  const isInitiator = role === 'initiator'
  const may = token => has[token[0]] && theirs[token[1]] && !done.has(token)
  if (!known.e.has(role)) return 'e'
  if (may('ee')) return 'ee'
  for (const token of ['se', 'es']) {
    if (!may(token) || skipped.has(token)) continue
    if (!deferred[token]) return token
    skipped.add(token)
  }
  if (may('ss') && done.has('es') && index === 0 && !state.isInitiatorDeferred) return 'ss'
  if (known.s.has(role)) return null
  if (isInitiator)
    return (index === 0 && state.initiator === 'I') || (index > 0 && state.initiator === 'X') ? 's' : null
  return state.responder === 'X' ? 's' : null
}
