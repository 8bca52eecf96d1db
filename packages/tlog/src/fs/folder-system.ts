/** The seam between a log in a folder and the disk: core's, with folders. */
import { mkdir, rmdir } from 'node:fs/promises'
import { type FileSystem, nodeFileSystem } from '@chartseal/core/files'

export interface FolderSystem extends FileSystem {
  /** Makes one folder in a folder that is there; fails with EEXIST when there is something. */
  makeFolder(path: string, mode: number): Promise<void>
  /** Removes an empty folder. */
  removeFolder(path: string): Promise<void>
}

export const nodeFolderSystem: FolderSystem = {
  ...nodeFileSystem,
  async makeFolder(path, mode) {
    await mkdir(path, mode)
  },
  removeFolder: path => rmdir(path),
}
