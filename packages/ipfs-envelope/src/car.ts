/** CAR files: blocks one after the other, as IPFS tools hand files around. Works in browsers. */
export { bytesSource, type OpenCar, openCar } from './car/store.js'
export { type CarLimits, exportCar, type ImportedCar, importCar } from './car/transfer.js'
export { type StoreErrors, storeError } from './stores/errors.js'
