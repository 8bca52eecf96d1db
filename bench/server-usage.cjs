// Preloaded into a server that is measured: tells its parent what it took, whenever it is asked.
const { setFlagsFromString } = require('node:v8')
const { runInNewContext } = require('node:vm')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/** CPU time in seconds, all threads. */
function usage() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Bytes once the garbage is gone: of the process, and of what its programs hold. */
async function memory() {
  for (let i = 0; i < 3; i++) {
    collect()
    // Other threads give the memory of arrays back, a little later.
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, held: heapUsed + external }
}

const answers = { usage, memory }

// Children of a server have it preloaded, too, and whoever listens there takes what the server says to them.
if (Number(process.env.BENCH_METERED_BY) === process.ppid) {
  process.on('message', async question => {
    if (typeof question === 'string' && question in answers) process.send(await answers[question]())
  })
  process.channel?.unref()
  // Whoever measures is gone: nobody else ends it. Its own children end with it, and in their own time.
  process.once('disconnect', () => process.exit(1))
}
