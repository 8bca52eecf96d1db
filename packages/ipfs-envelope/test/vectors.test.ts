import { wycheproofFormat } from '@chartseal/core/vectors'
import { runners, wycheproof } from '@chartseal/ipfs-envelope/vectors'
import { runSharedSuite, runVectorSuite, vectorFolder } from '@chartseal/testkit'

const isOwn = ([name]: readonly [string, unknown]): boolean => name.endsWith('-v2')
const own = Object.fromEntries(Object.entries(runners).filter(isOwn))
const seeds = Object.fromEntries(Object.entries(runners).filter(entry => !isOwn(entry)))

runVectorSuite(vectorFolder('seeds'), seeds)
runVectorSuite(vectorFolder('own'), own)
runSharedSuite(['wycheproof', 'rsa_oaep_2048_sha256_mgf1sha256_test.json'], wycheproofFormat(wycheproof))
