/** What most write first: a server that sends each message of its publisher to every other client. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const server = createServer()
const webSockets = new WebSocketServer({ server, perMessageDeflate: false })
webSockets.on('connection', socket => {
  socket.on('message', data => {
    for (const other of webSockets.clients) if (other !== socket) other.send(data)
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  process.stdout.write(`own (listening at 127.0.0.1:${port})\n`)
})
for (const end of ['SIGTERM', 'disconnect'] as const) process.once(end, () => process.exit(0))
