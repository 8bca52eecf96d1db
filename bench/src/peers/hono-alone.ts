/** A process: what hono takes for the route of a deposit, with neither signature, log nor storage. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.put('/v1/mailboxes/:box/:id', async c => {
  const body = await c.req.arrayBuffer()
  return c.json({ position: body.byteLength, stored_ms: 0 })
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.stdout.write(`(listening at 127.0.0.1:${port})\n`)
})
