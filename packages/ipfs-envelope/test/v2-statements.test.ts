import { encodeHex } from '@chartseal/core/encoding'
import {
  accessEntry,
  achievements,
  firstGrants,
  limits,
  revocationStatement,
  revocationSteps,
  shareError,
} from '@chartseal/ipfs-envelope'
import { describe, expect, it } from 'vitest'
import { newOwner, payload, person } from './v2-people.js'

describe('the statement of each step', () => {
  it.each(revocationSteps)(
    'says what it achieves and what it does not, in codes that have sentences: %s',
    step => {
      const { achieves, doesNotAchieve } = revocationStatement(step)
      for (const code of achieves) expect(achievements[code]).toMatch(/\.$/)
      for (const code of doesNotAchieve) expect(limits[code]).toMatch(/\.$/)
      expect(new Set(doesNotAchieve).size).toBe(doesNotAchieve.length)
      // What no step can do is said of each.
      for (const code of ['content-already-read', 'content-key-kept', 'backups'] as const)
        expect(doesNotAchieve).toContain(code)
    },
  )

  it('uses every sentence there is', () => {
    const used = revocationSteps.flatMap(step => {
      const { achieves, doesNotAchieve } = revocationStatement(step)
      return [...achieves, ...doesNotAchieve]
    })
    expect(new Set(used)).toEqual(new Set([...Object.keys(achievements), ...Object.keys(limits)]))
  })
})

describe('the entry for the audit log', () => {
  it('names package, list, payload and the limits of the step, and no person', async () => {
    const ann = person()
    const list = await firstGrants(newOwner(), payload(), [ann.recipient])
    const { action, detail } = accessEntry('new-grants', list)
    const facts = { change: 'new-grants', seq: '1', payload: list.payloadCid, recipients: 1 }
    expect(action).toBe('update')
    expect(detail.resource).toBe(`Package/${encodeHex(list.packageId)}/1`)
    expect(JSON.parse(detail.text)).toEqual({
      ...facts,
      does_not_achieve: revocationStatement('new-grants').doesNotAchieve,
    })
    const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(list.bytes)))
    expect(detail.digests).toEqual([{ name: 'grant list', sha256 }])
    const shared = accessEntry('share', list)
    expect([shared.action, JSON.parse(shared.detail.text)]).toEqual(['create', { ...facts, change: 'share' }])
    expect(accessEntry('shred', list).action).toBe('shred')
  })
})

describe('the codes of sharing', () => {
  it('are four', () => {
    expect(shareError.codes).toEqual([
      'share/unknown-package',
      'share/changed-meanwhile',
      'share/nobody-opens',
      'share/owner-left-out',
    ])
  })
})
