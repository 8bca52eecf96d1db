/** Parts of the page that are loaded when they are needed. */
import { expect, it } from 'vitest'
import { loadPart } from '../dist/state/part.js'

it('an import that fails is told with what to do, and it is tried anew', async () => {
  const failing = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
  await expect(loadPart(failing)).rejects.toMatchObject({ code: 'console/part-missing' })
  await expect(loadPart(async () => 'part')).resolves.toBe('part')
})

it('what a part throws by itself is its own fault', async () => {
  const broken = new RangeError('a fault of the part')
  await expect(loadPart(() => Promise.reject(broken))).rejects.toBe(broken)
})
