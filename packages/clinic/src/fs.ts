/** Devices in folders (Node only). Byte table: docs/spec/ring-folder.md. */
export { type FolderOptions, isRingFolder, requireNoRing, requireRing } from './fs/ring-files.js'
export {
  changeDevice,
  createFolder,
  type DeviceFolder,
  readDevice,
  type Step,
  withDeviceFolder,
} from './fs/ring-folder.js'
