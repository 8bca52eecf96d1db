import { runVectorSuite, vectorFolder } from '@chartseal/testkit'
import { runners } from '@chartseal/wire/vectors'

const { 'wire-v2': own, ...seeds } = runners
if (own === undefined) throw new Error('internal: no runner')

runVectorSuite(vectorFolder('seeds'), seeds)
runVectorSuite(vectorFolder('own'), { 'wire-v2': own })
