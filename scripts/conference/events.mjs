/** What happened at one side of a conference, waited for and taken one by one. */

const lastOnes = 5
const mostShown = 200

export class Finding extends Error {}

export class Events {
  /** Those that nobody has taken yet, in their order. */
  left = []
  #who
  #waiting = []
  #isOver = false

  constructor(who) {
    this.#who = who
  }

  note(event) {
    this.left.push(event)
    this.#serve()
  }

  /** Nothing happens there any more: who waits, waits in vain. */
  end() {
    this.#isOver = true
    this.#serve()
  }

  /** The first one that has these fields, once it is there. @throws Finding when it cannot come any more */
  take(fields) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ fields, resolve, reject })
      this.#serve()
    })
  }

  #serve() {
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      const found = this.left.findIndex(event => has(event, one.fields))
      if (found >= 0) one.resolve(this.left.splice(found, 1)[0])
      else if (this.#isOver) one.reject(this.#missing(one.fields))
      else this.#waiting.push(one)
    }
  }

  #missing(fields) {
    const last = this.left.slice(-lastOnes).map(told).join(' ') || 'nothing'
    return new Finding(`${this.#who} ended before ${told(fields)}; left are ${last}`)
  }

  /** What is waited for and what came last, for whoever asks why nothing goes on. */
  get state() {
    const list = events => events.map(told).join(' ') || 'nothing'
    const wanted = this.#waiting.map(({ fields }) => fields)
    return `${this.#who} was to have ${list(wanted)}; left are ${list(this.left.slice(-lastOnes))}`
  }
}

const has = (event, fields) => Object.entries(fields).every(([name, value]) => event[name] === value)

const told = event =>
  JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}` : value)).slice(0, mostShown)
