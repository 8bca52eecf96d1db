import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { runners } from '@chartseal/shamir/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

const engines = [createJsEngine(), createWasmEngine()]
const { 'shares-v2': own, ...seeds } = runners
if (own === undefined) throw new Error('internal: no runner')

runVectorSuite(vectorFolder('seeds'), seeds, engines)
runVectorSuite(vectorFolder('own'), { 'shares-v2': own }, engines)
