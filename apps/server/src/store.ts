/** What the server keeps: the port, its errors, and how it is opened. */
export { type StoreErrors, storeError } from './store/errors.js'
export { type OpenedStore, type OpenStoreOptions, openStore, type StoreTarget } from './store/open.js'
export type * from './store/port.js'
