/** Devices in folders (Node only). Byte table: docs/spec/ring-folder.md. */
export {
  changeDevice,
  createFolder,
  type DeviceFolder,
  type FolderOptions,
  isRingFolder,
  readDevice,
  type Step,
  withDeviceFolder,
} from './fs/ring-folder.js'
