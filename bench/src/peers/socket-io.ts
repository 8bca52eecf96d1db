/** What many take for this: a server of Socket.IO that sends each binary message of its publisher to everybody else. */
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const server = createServer()
const everybody = new Server(server, { transports: ['websocket'], serveClient: false })
everybody.on('connection', socket => {
  socket.on('say', (data: Buffer) => void socket.broadcast.emit('said', data))
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  process.stdout.write(`own (listening at 127.0.0.1:${port})\n`)
})
for (const end of ['SIGTERM', 'disconnect'] as const) process.once(end, () => process.exit(0))
