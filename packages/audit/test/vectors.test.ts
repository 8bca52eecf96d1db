import { runners } from '@chartseal/audit/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

const isOwn = ([name]: readonly [string, unknown]): boolean => name.endsWith('-v2')
const own = Object.fromEntries(Object.entries(runners).filter(isOwn))
const seeds = Object.fromEntries(Object.entries(runners).filter(one => !isOwn(one)))

runVectorSuite(vectorFolder('seeds'), seeds)
runVectorSuite(vectorFolder('own'), own)
