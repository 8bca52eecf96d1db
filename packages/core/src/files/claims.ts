/** The claims of locks: files beside what is locked, whose names say which process made them. */
import { basename, join } from 'node:path'
import type { Place } from './errors.js'
import { attempt, type FileSystem } from './file-system.js'
import type { ProcessIdentity } from './processes.js'

/** A claim that was found. */
export interface Claim {
  /** What it locks. */
  readonly path: string
  /** The claim itself. */
  readonly file: string
  readonly host: string
  readonly pid: number
  readonly place: Place
  /** Written by version 0.1.0, whose claims show no sign of life after they were made. */
  readonly isOld: boolean
  readonly started: string
}

const infix = '.lock,'
const maxHostLetters = 24
const revokedHost = '@revoked'

/** The name of a new claim on `path`; `token` is 16 hexadecimal digits that no other has. */
export function claimFile(path: string, self: ProcessIdentity, token: string): string {
  // Percent-encoded host names, as version 0.1.0 wrote them, never begin with '@': it takes these for another host's.
  const host = self.host.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, maxHostLetters)
  const owner = `@${[self.machine, self.boot, self.space, host].join('.')}`
  return `${path}${infix}${[owner, self.pid, self.started, token].join(',')}`
}

/** The name that takes a claim from its process and stays, so that the next holder knows of it. */
export function revokedFile(claim: Claim): string {
  return `${claim.path}${infix}${[revokedHost, claim.pid, '', claim.file.slice(claim.file.lastIndexOf(',') + 1)].join(',')}`
}

/** The claims in a folder, on `path` alone when it is given. @throws ChartsealError `files/failed` */
export async function claimsIn(
  fileSystem: FileSystem,
  folder: string,
  self: ProcessIdentity,
  path?: string,
): Promise<readonly Claim[]> {
  const names = await attempt('list locks in', () => fileSystem.list(folder), folder)
  const claims = names.flatMap(name => parseClaim(folder, name, self) ?? [])
  return path === undefined ? claims : claims.filter(claim => basename(claim.path) === basename(path))
}

function parseClaim(folder: string, name: string, self: ProcessIdentity): Claim | null {
  const [, base, owner, pid, started] = /^(.+)\.lock,([^,]+),([0-9]+),([^,]*),[0-9a-f]+$/.exec(name) ?? []
  if (base === undefined || owner === undefined || started === undefined) return null
  const parts = { path: join(folder, base), file: join(folder, name), pid: Number(pid), started }
  if (owner === revokedHost) return { ...parts, host: '', place: 'revoked', isOld: false }
  if (owner.startsWith('@')) return { ...parts, ...placeOf(owner.slice(1), self), isOld: false }
  return { ...parts, host: owner, ...oldPlaceOf(owner, started, self), isOld: true }
}

function placeOf(owner: string, self: ProcessIdentity): { host: string; place: Place } {
  const [machine = '', boot = '', space = '', host = ''] = owner.split('.')
  const isSameMachine = machine === self.machine
  const isSameKernel = boot === self.boot && (boot !== '' || isSameMachine)
  if (isSameKernel)
    return { host, place: space === self.space && space !== '' ? 'same-space' : 'other-container' }
  return { host, place: isSameMachine ? 'earlier-boot' : 'other-machine' }
}

/** Version 0.1.0 named the host and, before the start of the process, 8 digits of the boot. */
function oldPlaceOf(host: string, started: string, self: ProcessIdentity): { place: Place; started: string } {
  const [boot = '', ticks = ''] = started.split('.')
  if (host !== encodeURIComponent(self.host)) return { place: 'other-machine', started: ticks }
  if (boot !== '' && !self.boot.startsWith(boot)) return { place: 'earlier-boot', started: ticks }
  return { place: self.space === '' ? 'other-container' : 'same-space', started: ticks }
}
