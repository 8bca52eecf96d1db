import { storeError } from '../stores/errors.js'
import type { Connect } from './port.js'

/** A browser resolves names itself, and keeps pages from private networks by rules of its own. */
export const connect: Connect = async (url, init) => {
  try {
    return await fetch(url, {
      ...init,
      redirect: 'error',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    })
  } catch {
    throw storeError('remote/unreachable', { operation: init.method })
  }
}
