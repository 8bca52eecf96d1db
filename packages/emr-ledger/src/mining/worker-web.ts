/** The worker that platform-web starts. */
import { serveMining } from './worker.js'

serveMining({
  post: message => self.postMessage(message),
  listen(onMessage) {
    self.onmessage = event => onMessage(event.data)
  },
})
