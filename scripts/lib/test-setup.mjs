/** Before each file of tests. */
import process from 'node:process'
import { expect } from 'vitest'

// A test finds itself in the folder of its workspace, as when that is tested alone: its children import from there.
const { CHARTSEAL_FOLDER } = process.env
if (CHARTSEAL_FOLDER !== undefined) process.chdir(CHARTSEAL_FOLDER)

// Bytes are compared at once: by itself, Vitest makes a list of the names of all their places.
const isBytes = value =>
  value instanceof Uint8Array && [Uint8Array, Buffer].includes(Object.getPrototypeOf(value).constructor)
expect.addEqualityTesters([
  (a, b) =>
    isBytes(a) && isBytes(b) && a.constructor === b.constructor ? Buffer.compare(a, b) === 0 : undefined,
])
