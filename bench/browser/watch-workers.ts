/** Sees what this page posts to its workers, so that a check knows by what they really share. */

interface Watch {
  searches(): number
  searchesWithSharedMemory(): number
  end(): void
}

type Post = (this: Worker, message: unknown, ...rest: [StructuredSerializeOptions?]) => void

export function watchWorkers(): Watch {
  const post: Post = Worker.prototype.postMessage
  const searches: { readonly shared: unknown }[] = []
  const watched: Post = function (message, ...rest) {
    if (isSearch(message)) searches.push(message)
    post.call(this, message, ...rest)
  }
  Object.assign(Worker.prototype, { postMessage: watched })
  return {
    searches: () => searches.length,
    searchesWithSharedMemory: () => searches.filter(({ shared }) => isSharedMemory(shared)).length,
    end: () => void Object.assign(Worker.prototype, { postMessage: post }),
  }
}

const isSearch = (message: unknown): message is { readonly shared: unknown } =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  message.kind === 'search' &&
  'shared' in message

/** The name is not even defined in a page that is not isolated. */
const isSharedMemory = (value: unknown): boolean =>
  typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer
