/** A second server that waits for the first one to end, and meanwhile refuses by name. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ChartsealError } from '@chartseal/core/errors'
import type { Io } from '../command.js'
import type { Config } from '../config.js'
import { type DataFolder, takeDataFolder } from '../data-folder.js'
import { requestError } from '../errors.js'
import { retryMs } from '../http/problems.js'
import { answerWithoutClinic } from '../http/without-clinic.js'
import { createListener, listen } from '../listen.js'

const againMs = 500

/** The data folder, once it is free; `null` when this process was to end before. */
export async function awaitDataFolder(
  io: Io,
  { host, port }: Pick<Config, 'host' | 'port'>,
  folder: string,
): Promise<DataFolder | null> {
  // Before anything is said: whoever reads it may end this process at once.
  const ended = io.ended().then(() => 'ended' as const)
  const server = createListener(request =>
    answerWithoutClinic(io, request, requestError('server/standby', { retryMs })),
  )
  const at = await listen(server, host, port)
  try {
    io.out(`standby (listening at ${host}:${at}): waits for the server that has ${folder}\n`)
    for (;;) {
      const data = await takenIfFree(folder)
      if (data !== null) return data
      if ((await Promise.race([ended, sleep(againMs)])) === 'ended') return null
    }
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

async function takenIfFree(folder: string): Promise<DataFolder | null> {
  try {
    return await takeDataFolder(folder)
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'data-folder/in-use') return null
    throw error
  }
}
