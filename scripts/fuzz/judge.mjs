/**
 * What must hold for whatever comes in: it is accepted, or refused with a code of ours; what is accepted has this one
 * spelling; the input is left as it was.
 */
import { ChartsealError } from '../../packages/core/dist/errors.js'

const codeForm = /^[a-z][a-z0-9-]*\/[a-z0-9-]+$/

const isSame = (a, b) => (typeof a === 'string' ? a === b : Buffer.compare(a, b) === 0)

/** Of an error's message what stays the same when numbers and quoted parts of the input change. */
const shapeOf = message => message.replace(/"[^"]*"|\d+/g, '#').slice(0, 120)

function refused(target, error) {
  if (!(error instanceof ChartsealError))
    return { fault: `threw ${error?.name}: ${shapeOf(String(error?.message))}` }
  if (!codeForm.test(error.code)) return { fault: `threw the code ${error.code}` }
  if (target.never) return { fault: `refused, although it answers for whatever comes: ${error.code}` }
  return { refused: `${error.code} ${shapeOf(error.message)}` }
}

function accepted(target, input, before, value) {
  if (typeof input !== 'string' && !isSame(before, input)) return { fault: 'changed its input' }
  // Who answers whether something holds has not accepted what does not.
  if (value === null || value === false) return { refused: `answered ${value}` }
  if (target.write === undefined) return { accepted: true }
  try {
    const again = target.write(value)
    return again === null || isSame(again, input)
      ? { accepted: true }
      : { fault: 'accepts more than one spelling' }
  } catch (error) {
    return { fault: `cannot write what it read: ${error?.name} ${shapeOf(String(error?.message))}` }
  }
}

/** `{ accepted }`, `{ refused: why }` or `{ fault: what }`; a promise of it where the target is one that waits. */
export function judge(target, input) {
  const before = typeof input === 'string' ? input : input.slice()
  try {
    const value = target.read(input)
    if (typeof value?.then !== 'function') return accepted(target, input, before, value)
    return value.then(
      read => accepted(target, input, before, read),
      error => refused(target, error),
    )
  } catch (error) {
    return refused(target, error)
  }
}
