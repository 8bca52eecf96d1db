import { runners } from '@chartseal/emr-ledger/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

const isOwn = ([name]: readonly [string, unknown]): boolean => name.endsWith('-v2')

runVectorSuite(vectorFolder('own'), Object.fromEntries(Object.entries(runners).filter(isOwn)))
