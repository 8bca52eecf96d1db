/** What the system says about processes: who this one is, and whether another one is alive. */
import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { codeOf } from './errors.js'

/** One process among all that may share a folder. */
export interface ProcessIdentity {
  /** Stays when the machine boots again or changes its name; 12 hexadecimal digits. */
  readonly machine: string
  /** The running kernel, which containers share with their host; 12 hexadecimal digits, '' where unknown. */
  readonly boot: string
  /** Where `pid` and `started` mean something: PID and time namespace; '' where unknown. */
  readonly space: string
  readonly pid: number
  /** So that a pid that is in use again is not taken for the old process; '' where unknown. */
  readonly started: string
  /** For people: names change, and several machines have one. */
  readonly host: string
}

export interface Processes {
  self(): Promise<ProcessIdentity>
  /**
   * When the process with this pid started, in the space of this process: '' where the system does not say, `null`
   * when there is no such process or it is dead.
   */
  startOf(pid: number): Promise<string | null>
}

export const systemProcesses: Processes = {
  async self() {
    const host = hostname()
    const machineId = (await textOf('/etc/machine-id')) || (await textOf('/var/lib/dbus/machine-id')) || host
    const boot = (await textOf('/proc/sys/kernel/random/boot_id')).replaceAll('-', '').slice(0, 12)
    const started = ticksOf(await textOf('/proc/self/stat')) ?? ''
    return { machine: digest(machineId), boot, space: await ownSpace(), pid: process.pid, started, host }
  },
  async startOf(pid) {
    if (!mayExist(pid)) return null
    return ticksOf(await textOf(`/proc/${pid}/stat`))
  },
}

// machine-id(5): the id is confidential, and is hashed with the name of what uses it.
function digest(machineId: string): string {
  return createHash('sha256').update(`chartseal/lock\n${machineId}`).digest('hex').slice(0, 12)
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'latin1').then(
    text => text.trim(),
    () => '',
  )
}

/** Without namespaces, the platform; on Linux '' when they cannot be read, or when /proc is that of another one. */
async function ownSpace(): Promise<string> {
  if (process.platform !== 'linux') return process.platform
  try {
    if ((await readlink('/proc/self')) !== `${process.pid}`) return ''
    const pids = numberIn(await readlink('/proc/self/ns/pid'))
    // Kernels before 5.6 have no time namespaces. The start of a process is given by the clock of its reader's.
    const times = numberIn(await readlink('/proc/self/ns/time').catch(() => '0'))
    return `${pids}-${times}`
  } catch {
    return ''
  }
}

const numberIn = (link: string): string => link.replace(/[^0-9]/g, '')

const maxPid = 2 ** 31 - 1

function mayExist(pid: number): boolean {
  // Signal 0 to pid 0 would ask about the own process group.
  if (pid < 1 || pid > maxPid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // EPERM: it is alive, and belongs to another user.
    return codeOf(cause) !== 'ESRCH'
  }
}

/** Clock ticks since boot at which a process started (proc(5)), `null` for one that is dead and not yet reaped. */
function ticksOf(stat: string): string | null {
  // The name of the command is in brackets and may hold anything; fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? '')
}
