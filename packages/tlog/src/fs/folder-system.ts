/** The seam between a log in a folder and the disk: core's, with folders. */
import * as fs from 'node:fs'
import { type FileSystem, nodeFileSystem, type OpenFile } from '@chartseal/core/files'

export interface FolderSystem extends FileSystem {
  /** Makes one folder in a folder that is there; fails with EEXIST when there is something. */
  makeFolder(path: string, mode: number): Promise<void>
  /** Removes an empty folder. */
  removeFolder(path: string): Promise<void>
}

const { O_RDONLY, O_NONBLOCK = 0, O_RDWR, O_CREAT, O_EXCL } = fs.constants
// A pipe in the place of a file must not make its reader wait.
const flags = { read: O_RDONLY | O_NONBLOCK, update: O_RDWR, create: O_RDWR | O_CREAT | O_EXCL } as const

// Callbacks of node:fs cost about half of what its promises do, and a log makes many calls.
export const nodeFolderSystem: FolderSystem = {
  ...nodeFileSystem,
  open: (path, how, mode) =>
    new Promise((resolve, reject) => {
      fs.open(path, flags[how], mode, (error, handle) =>
        error === null ? resolve(openFile(handle)) : reject(error),
      )
    }),
  rename: (from, to) => done(answer => fs.rename(from, to, answer)),
  makeFolder: (path, mode) => done(answer => fs.mkdir(path, mode, answer)),
  removeFolder: path => done(answer => fs.rmdir(path, answer)),
}

function openFile(handle: number): OpenFile {
  return {
    read: (into, position) =>
      new Promise((resolve, reject) => {
        fs.read(handle, into, 0, into.length, position, (error, count) =>
          error === null ? resolve(count) : reject(error),
        )
      }),
    write: (bytes, position) =>
      new Promise((resolve, reject) => {
        fs.write(handle, bytes, 0, bytes.length, position, (error, count) =>
          error === null ? resolve(count) : reject(error),
        )
      }),
    truncate: sizeBytes => done(answer => fs.ftruncate(handle, sizeBytes, answer)),
    sync: () => done(answer => fs.fsync(handle, answer)),
    sizeBytes: () =>
      new Promise((resolve, reject) => {
        fs.fstat(handle, (error, { size }) => (error === null ? resolve(size) : reject(error)))
      }),
    close: () => done(answer => fs.close(handle, answer)),
  }
}

function done(run: (answer: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    run(error => (error === null ? resolve() : reject(error)))
  })
}
