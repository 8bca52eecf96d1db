/** The worker that platform-web starts. */
import { serveMining } from './worker.js'

// The miner hears of it as of any other failure.
self.onmessageerror = () => {
  throw new Error('a message could not be read')
}
serveMining({
  post: message => self.postMessage(message),
  listen(onMessage) {
    self.onmessage = event => onMessage(event.data)
  },
})
