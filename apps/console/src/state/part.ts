/** Parts of the page that are loaded when they are needed. */
import { consoleError } from '../errors.js'

/**
 * What `load` imports. With a network it comes when the page is opened again: a browser may remember that an import failed.
 * @throws ChartsealError `console/part-missing`
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load()
  } catch (reason) {
    // An import that fails is a TypeError in each browser; what a part throws by itself is its own fault.
    throw reason instanceof TypeError ? consoleError('console/part-missing', {}) : reason
  }
}
