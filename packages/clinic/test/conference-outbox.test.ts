import { describe, expect, it } from 'vitest'
import { Outbox } from '../dist/conference/outbox.js'

describe('an outbox', () => {
  it.each(Array.from({ length: 16 }, (_, steps) => steps))(
    'carries out what comes %d steps after something else',
    async steps => {
      const done: string[] = []
      const outbox = new Outbox<string>({
        isStored: output => output.startsWith('record'),
        store: async records => void done.push(...records),
        act: output => void done.push(output),
        failed: error => expect(error).toBeUndefined(),
      })
      outbox.push(['record 1', 'frame 1'])
      for (let i = 0; i < steps; i++) await Promise.resolve()
      outbox.push(['record 2', 'frame 2'])
      await outbox.settled()
      expect(done).toEqual(['record 1', 'frame 1', 'record 2', 'frame 2'])
    },
  )
})
