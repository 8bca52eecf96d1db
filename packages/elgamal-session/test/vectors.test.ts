import { runners } from '@chartseal/elgamal-session/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

const { 'key-tree-v2': trees, 'care-team-v2': teams, ...seeds } = runners
if (trees === undefined || teams === undefined) throw new Error('internal: no runner')

runVectorSuite(vectorFolder('seeds'), seeds)
runVectorSuite(vectorFolder('own'), { 'key-tree-v2': trees, 'care-team-v2': teams })
