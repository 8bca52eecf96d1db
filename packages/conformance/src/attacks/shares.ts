/** Attacks on shares of a secret. */
import { equal } from '@chartseal/core/bytes'
import { SecretBytes } from '@chartseal/core/keys'
import { combineShares, type ShareEnvelope, splitSecret } from '@chartseal/shamir'
import { split } from '@chartseal/shamir/v1'
import { type Attack, changedAt, present, requireWorks, shown } from './attack.js'
import { evaluateAsPublished, recoverAsPublished } from './published-shares.js'

const secretBytes = 32
const custodians = ['Ada', 'Ben', 'Cleo']
const pairs: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 2],
  [1, 2],
]

export const wrongRecovery: Attack = {
  name: 'shamir-recovery',
  title: 'Two custodians get a wrong key back, and no error says so',
  errata: ['M1', 'M4'],
  against: 'model',
  refusal: 'shamir/damaged-shares',
  breaks({ random }, tell) {
    const secret = random.bytes(secretBytes)
    const shares = split(secret, { threshold: 2, numShares: 3, random })
    const right = pairs.filter(pair => {
      const back = recoverAsPublished(shares.filter((_, i) => pair.includes(i)))
      const isRight = equal(back, secret)
      tell(`${names(pair)} recover ${isRight ? 'the key' : 'another key, without an error'}`)
      return isRight
    })
    tell(`${right.length} of ${pairs.length} pairs get the key back: the inverse is a^127 in place of a^254`)
    return right.length === 1
  },
  prepare({ random, clock }, tell) {
    const secret = random.bytes(secretBytes)
    const shares = splitSecret(secret, { threshold: 2, numShares: 3, random, clock })
    for (const pair of pairs) {
      const { secret: back } = combineShares(shares.filter((_, i) => pair.includes(i)))
      requireWorks(equal(back, secret), 'each pair recovers the secret')
    }
    tell('each pair of the three custodians recovers the key')
    tell('Ada changes a byte of her share, so that a wrong key would come out')
    const [ada, ben] = [damaged(present(shares[0])), present(shares[1])]
    return () => combineShares([ada, ben])
  },
}

const names = (pair: readonly number[]): string => pair.map(i => custodians[i]).join(' and ')

function damaged(share: ShareEnvelope): ShareEnvelope {
  return { ...share, y: new SecretBytes(changedAt(share.y.reveal(), 0, 1)) }
}

const tooMany = 256

export const share256: Attack = {
  name: 'share-256',
  title: 'The custodian with number 256 has the whole key',
  errata: ['M2'],
  against: 'model',
  refusal: 'shamir/bad-threshold',
  breaks({ random }, tell) {
    const secret = random.bytes(secretBytes)
    const coefficients = [secret, random.bytes(secretBytes), random.bytes(secretBytes)]
    tell(`a key is split for ${tooMany} custodians, of whom three are needed`)
    const share = evaluateAsPublished(coefficients, tooMany)
    const isKey = equal(share, secret)
    return shown(isKey, tell, `share ${tooMany} is the polynomial at ${tooMany} mod 256 = 0: the key itself`)
  },
  prepare({ random, clock }, tell) {
    const secret = random.bytes(secretBytes)
    const options = { threshold: 3, numShares: 5, random, clock }
    const shares = splitSecret(secret, options)
    requireWorks(equal(combineShares(shares.slice(-3)).secret, secret), 'any three recover the secret')
    tell('a key is split for five custodians, and any three recover it')
    tell(`the same is asked for ${tooMany}`)
    return () => splitSecret(secret, { ...options, numShares: tooMany })
  },
}
