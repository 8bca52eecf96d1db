import { runners } from '@chartseal/audit/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

const { 'audit-v2': own, ...seeds } = runners
if (own === undefined) throw new Error('internal: no runner')

runVectorSuite(vectorFolder('seeds'), seeds)
runVectorSuite(vectorFolder('own'), { 'audit-v2': own })
