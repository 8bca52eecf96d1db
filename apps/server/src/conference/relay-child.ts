/** One relay process as the server sees it, from its start to its end. */
import { type ChildProcess, fork } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex, PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { RelayLink, RelayLinkEvents, RelayPolicy } from '@chartseal/elgamal-session/relay'
import { LinkPipe } from './link-pipe.js'
import { type Counts, pipeNumber, readToServer, type ToProcess, type ToServer } from './relay-messages.js'
import { handshakeHeaders } from './web-sockets.js'

/** A connection that wants to be held. */
export interface Join {
  /** Of the conference, in base64url. */
  readonly id: string
  /** 16 bytes. */
  readonly source: Uint8Array
  readonly request: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
  /** No process takes it: it is to be held here. */
  here(): void
}

export interface RelayChildOptions {
  readonly policy: Partial<RelayPolicy>
  /** @param conference 16 bytes */
  accept(conference: Uint8Array, link: RelayLink): RelayLinkEvents
  /** It takes connections now. */
  onReady(pid: number): void
  /** Once. @param rest those that it did not get */
  onEnd(rest: readonly Join[]): void
  onFault(error: unknown): void
}

/** So many wait until it takes them, at most. */
const mostWaiting = 1_024
/** After so long it is killed. */
const endMs = 5_000
/** It says something once a second. Whoever does not in so many is stuck, and its patients are better off elsewhere. */
const mostSilentTurns = 30
/** Of one that has said nothing yet: many start at once, on a machine that may have other work. */
const mostStartTurns = 300
/** Node gives up on a socket that the process could not take, and says so to nobody: the next one goes after so many. */
const mostHandTurns = 10
/** Megabytes: Node 24 would let the young generation of each process double, which is 8 kB for each of 12,000 sessions. */
const youngMiB = 16

const script = fileURLToPath(new URL('./relay-process.js', import.meta.url))

export class RelayChild {
  readonly #options: RelayChildOptions
  readonly #child: ChildProcess
  readonly #pipe: LinkPipe
  readonly #waiting: Join[] = []
  /** Node sends one socket at a time; the next one goes once this one has come. */
  #isSending = false
  #isStarted = false
  #isReady = false
  #isEnding = false
  #most: number | null = null
  #given = 0
  #silentTurns = 0
  /** Since the last one was sent. */
  #handTurns = 0
  #counts: Counts | null = null
  readonly #ended: Promise<void>

  constructor(options: RelayChildOptions) {
    this.#options = options
    // Nothing of the server's settings: among them are secrets.
    this.#child = fork(script, [], {
      env: {},
      execArgv: [...process.execArgv, `--max-semi-space-size=${youngMiB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    })
    this.#pipe = new LinkPipe(pipeOf(this.#child), options)
    this.#child.on('message', message => this.#heard(readToServer(message)))
    this.#child.on('error', error => options.onFault(error))
    this.#ended = new Promise(resolve => {
      const over = (): void => {
        resolve()
        this.#over()
      }
      this.#child.once('exit', over)
      // It could not be started.
      if (this.#child.pid === undefined) process.nextTick(over)
    })
    this.#send({ kind: 'begin', policy: options.policy })
  }

  /** What it said last; `null` before that. */
  get counts(): Counts | null {
    return this.#counts
  }

  /** How many connections it has; infinite where it takes no more. */
  get load(): number {
    const load = (this.#counts?.open ?? 0) + this.#given - (this.#counts?.taken ?? 0)
    const isFull = this.#waiting.length >= mostWaiting || load >= (this.#most ?? Number.POSITIVE_INFINITY)
    return this.#isReady && !this.#isEnding && !isFull ? load : Number.POSITIVE_INFINITY
  }

  give(join: Join): void {
    this.#given += 1
    this.#waiting.push(join)
    this.#next()
  }

  /** Its connections are told to come again; resolves once it has ended. */
  async end(): Promise<void> {
    this.#isEnding = true
    this.#send({ kind: 'end' })
    const timer = setTimeout(() => this.kill(), endMs)
    await this.#ended
    clearTimeout(timer)
  }

  /** Once a second. */
  turn(): void {
    this.#silentTurns += 1
    if (this.#silentTurns > (this.#isStarted ? mostSilentTurns : mostStartTurns)) this.kill()
    this.#handTurns += 1
    if (this.#isSending && this.#handTurns > mostHandTurns) this.#lostOne()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #heard(message: ToServer | null): void {
    this.#silentTurns = 0
    this.#isStarted = true
    if (message?.kind === 'ready') {
      this.#isReady = true
      this.#most = message.most
      this.#options.onReady(this.#child.pid ?? 0)
    } else if (message?.kind === 'counts') this.#counts = message
    else if (message?.kind === 'fault') this.#options.onFault(faultOf(message.fault))
    else if (message?.kind === 'taken') {
      this.#isSending = false
      this.#next()
    }
  }

  #next(): void {
    // Those that wait for a process that is gone are given elsewhere.
    while (!this.#isSending && this.#child.connected) {
      const join = this.#waiting.shift()
      if (join === undefined) return
      if (join.socket.destroyed) this.#given -= 1
      else this.#hand(join)
    }
  }

  /** What the client sent meanwhile has been read here: it goes along. */
  #hand(join: Join): void {
    const { id, source, request, socket, head } = join
    if (!stopReading(socket)) {
      this.#given -= 1
      join.here()
      return
    }
    const rest: unknown = socket.read()
    const headers = handshakeHeaders(request.headers)
    this.#isSending = true
    this.#handTurns = 0
    this.#send(
      {
        kind: 'join',
        id,
        source: new Uint8Array(source),
        headers,
        head: new Uint8Array(Buffer.isBuffer(rest) ? Buffer.concat([head, rest]) : head),
      },
      socket,
    )
  }

  #send(message: ToProcess, socket?: Socket): void {
    // Otherwise Node asks the process about it when the server closes, and of one that was killed no answer ever comes.
    if (socket !== undefined) Object.assign(socket, { server: null })
    // What is left of it here has no handle any more, and counts until it is destroyed.
    const done = (error: Error | null): void => {
      socket?.destroy()
      // Node has closed it: whoever it was comes again.
      if (error !== null && socket !== undefined) this.#lostOne()
    }
    if (this.#child.connected) this.#child.send(message, socket, {}, done)
    else done(null)
  }

  /** It was handed over, and has not come. */
  #lostOne(): void {
    this.#given -= 1
    this.#isSending = false
    this.#next()
  }

  #over(): void {
    this.#isReady = false
    this.#isEnding = true
    this.#pipe.end()
    this.#options.onEnd(this.#waiting.splice(0))
  }
}

/** One that could not be started has none: where this process may open no more files, not even an array for it. */
function pipeOf({ pid, stdio }: ChildProcess): Duplex {
  const pipe = pid === undefined ? new PassThrough().destroy() : stdio[pipeNumber]
  if (pipe instanceof Duplex) return pipe
  throw new Error('internal: a relay process without a pipe')
}

/**
 * Until the other process has said that it has the socket, Node goes on to read from it here, and throws away what comes.
 * A server with `pauseOnConnect` does not, and one for HTTP cannot have that. False where Node has no such handle any more.
 */
function stopReading(socket: Socket): boolean {
  const { _handle: handle }: { _handle?: unknown } = Object(socket)
  const { readStop }: { readStop?: unknown } = Object(handle)
  if (typeof readStop !== 'function') return false
  readStop.call(handle)
  return true
}

/** As if it had been here. */
function faultOf({ kind, code, at, reason }: Extract<ToServer, { readonly kind: 'fault' }>['fault']): Error {
  const error = new Error('a fault of a relay process')
  return Object.assign(error, { name: kind, code, stack: `(${at}:1)`, context: { reason } })
}
