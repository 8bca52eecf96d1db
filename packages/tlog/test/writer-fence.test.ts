/** A writer whose lock was taken over, as of a process that was stopped for minutes and then goes on. */
import { codeOf, FaultDisk } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { deepVerify } from './deep-verify.js'
import { codec, folder, note, onDisk, openWriter } from './writer-helpers.js'

/** Takes the lock away, as whoever finds its holder silent does. */
function takeLock(disk: FaultDisk): void {
  for (const path of disk.files().keys()) if (path.includes('/log.lock,')) disk.erase(path)
}

const openOn = (disk: FaultDisk, extras = {}): ReturnType<typeof openWriter> =>
  openWriter({ storage: onDisk(disk), ...extras })

const verified = (disk: FaultDisk): readonly string[] => {
  const files = disk.files()
  const { leaves } = deepVerify(path => files.get(`${folder}/${path}`) ?? null)
  return leaves.map(leaf => leaf.subarray(16).toString())
}

async function succeed(disk: FaultDisk): ReturnType<typeof openWriter> {
  const next = await openOn(disk)
  await next.append(note(1000, 'successor'))
  await next.publish()
  return next
}

describe('a writer that lost its lock', () => {
  it('acknowledges nothing and publishes nothing beside its successor', async () => {
    const disk = new FaultDisk()
    const stopped = await openOn(disk)
    await stopped.append(note(1, 'before'))
    takeLock(disk)
    const successor = await openOn(disk)
    expect(await codeOf(() => stopped.append(note(2, 'stopped')))).toBe('files/lock-lost')
    await successor.append(note(3, 'successor'))
    expect(await codeOf(() => stopped.publish())).toMatch(/^(files\/lock-lost|log\/poisoned)$/)
    await successor.close()
    expect(verified(disk)).toEqual(['before', 'successor'])
    await stopped.close()
    expect(verified(disk)).toEqual(['before', 'successor'])
  })

  it('signs no second history: no witness is asked', async () => {
    const disk = new FaultDisk()
    let asked = 0
    const cosign = async (text: string): Promise<string> => {
      asked++
      return text
    }
    const stopped = await openOn(disk, { cosign })
    await stopped.append(note(1, 'before'))
    takeLock(disk)
    const successor = await openOn(disk, { cosign })
    expect(await codeOf(() => stopped.publish())).toBe('files/lock-lost')
    expect(asked).toBe(0)
    await successor.append(note(3))
    await successor.close()
    expect(successor.size).toBe(2)
  })

  it.each(['sync', 'rename', 'write', 'open'])(
    'is stopped, too, when it is lost at any %s',
    async operation => {
      for (let nth = 0; nth < 12; nth++) {
        const disk = new FaultDisk()
        const stopped = await openOn(disk)
        const acknowledged: string[] = []
        let left = nth
        let successor: ReturnType<typeof openWriter> | null = null
        disk.before = async (name, path) => {
          if (successor !== null || !name.startsWith(operation) || path.includes('.lock') || left-- > 0)
            return
          disk.before = () => undefined
          takeLock(disk)
          successor = succeed(disk)
          await successor
        }
        const append = async (id: number): Promise<void> => {
          const { index } = await stopped.append(note(id, `text ${id}`))
          acknowledged[index] = `text ${id}`
        }
        await Promise.allSettled(Array.from({ length: 300 }, (_, id) => append(id)))
        await stopped.publish().catch(() => undefined)
        await stopped.close().catch(() => undefined)
        disk.before = () => undefined
        const next = await (successor ?? openOn(disk))
        await next.append(note(2000, 'last'))
        await next.close()
        const leaves = verified(disk)
        expect([nth, acknowledged.filter((text, i) => leaves[i] !== text)]).toEqual([nth, []])
        expect(leaves.at(-1)).toBe('last')
      }
    },
  )

  it('cannot give a file its half written content under the name of its successor', async () => {
    const disk = new FaultDisk()
    const stopped = await openOn(disk)
    await Promise.all(Array.from({ length: 256 }, (_, id) => stopped.append(note(id))))
    // It is stopped between the write of a tile and the rename, and goes on when its successor has written.
    let goOn: () => void = () => undefined
    const waits = new Promise<void>(resolve => {
      goOn = resolve
    })
    let isStopped = false
    disk.before = async (operation, path) => {
      if (operation !== 'rename' || !path.includes('/tile/') || isStopped) return
      isStopped = true
      await waits
    }
    const publishing = stopped.publish().catch(error => error)
    while (!isStopped) await new Promise(resolve => setImmediate(resolve))
    takeLock(disk)
    const successor = await openOn(disk)
    await successor.append(note(5000, 'successor'))
    goOn()
    expect(await publishing).toMatchObject({ code: expect.stringMatching(/^(files|log)\//) })
    await successor.close()
    expect(verified(disk)).toHaveLength(257)
    expect(codec.idOfLeaf(new Uint8Array(20))).not.toBeNull()
  })
})
