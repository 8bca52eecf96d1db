/** A log in a folder (Node only). Files and promises: docs/spec/audit-log-files.md. */
export { keepForkEvidence } from './fs/evidence-folder.js'
export { type FileStorageOptions, fileStorage } from './fs/file-storage.js'
export { folderSource } from './fs/folder-source.js'
export { type FolderSystem, nodeFolderSystem } from './fs/folder-system.js'
