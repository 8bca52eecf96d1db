/** The worker that platform-web starts. */
import { serveMining } from './serve.js'

serveMining({
  post: message => self.postMessage(message),
  listen(onMessage) {
    self.onmessage = event => onMessage(event.data)
  },
})
