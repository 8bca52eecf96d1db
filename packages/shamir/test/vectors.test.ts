import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { runners } from '@chartseal/shamir/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

const engines = [createJsEngine(), createWasmEngine()]
const isOwn = ([name]: readonly [string, unknown]): boolean => /-v[23]$/.test(name)
const own = Object.fromEntries(Object.entries(runners).filter(isOwn))
const seeds = Object.fromEntries(Object.entries(runners).filter(entry => !isOwn(entry)))

runVectorSuite(vectorFolder('seeds'), seeds, engines)
runVectorSuite(vectorFolder('own'), own, engines)
