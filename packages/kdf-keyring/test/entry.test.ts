import * as main from '@chartseal/kdf-keyring'
import * as v2 from '@chartseal/kdf-keyring'
import { expect, it } from 'vitest'

it('the main entry is version 2', () => {
  expect(Object.entries(main)).toEqual(Object.entries(v2))
  expect(main).toHaveProperty('createRing', v2.createRing)
  expect(main).not.toHaveProperty('KeyRing')
})
