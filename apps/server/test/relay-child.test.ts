import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RelayChild } from '../dist/conference/relay-child.js'
import { plainEnv } from './server-process.js'

interface Started {
  readonly child: RelayChild
  /** The number of the process; it rejects where that ends first. */
  readonly ready: Promise<number>
  readonly ended: Promise<void>
}

function started(): Started {
  let end: () => void = () => undefined
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const later: { child?: RelayChild } = {}
  const ready = new Promise<number>((resolve, reject) => {
    later.child = new RelayChild({
      policy: {},
      accept() {
        throw new Error('nobody comes')
      },
      onReady: resolve,
      onEnd() {
        end()
        reject(new Error('it has ended before it was ready'))
      },
      onFault: () => undefined,
    })
  })
  const { child } = later
  if (child === undefined) throw new Error('no process')
  return { child, ready, ended }
}

const turns = (child: RelayChild, count: number): void => {
  for (let turn = 0; turn < count; turn++) child.turn()
}

describe('a relay process', () => {
  it('may take five minutes to start, and is killed behind that', async () => {
    const slow = started()
    turns(slow.child, 300)
    expect(await slow.ready).toBeGreaterThan(0)
    await slow.child.end()
    const never = started()
    turns(never.child, 301)
    await expect(never.ready).rejects.toThrow('before it was ready')
  })

  it('is killed when it has said nothing for 30 turns', async () => {
    const { child, ready, ended } = started()
    process.kill(await ready, 'SIGSTOP')
    turns(child, 31)
    await ended
    expect(child.load).toBe(Number.POSITIVE_INFINITY)
  })

  it('is started later where the server may open no more files, and the server goes on', async () => {
    const script = fileURLToPath(new URL('./relay-child-files.mjs', import.meta.url))
    const sh = ['-c', 'ulimit -n 1000; exec "$0" "$1"', process.execPath, script]
    const { stdout } = await promisify(execFile)('/bin/sh', sh, { env: plainEnv() })
    expect(stdout).toBe('EMFILE\ntakes connections\n')
  })
})
