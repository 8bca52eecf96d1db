import { createHash, hash } from 'node:crypto'
import type { Case } from '../measure.js'
import { hashingCases } from './sha256-case.js'

export const hashing = async (): Promise<readonly Case[]> =>
  hashingCases({
    name: 'node:crypto',
    hash: data => hash('sha256', data, 'buffer'),
    create: () => createHash('sha256'),
  })
