/** What helps when a task fails on a machine that nobody sees: where it stopped, and what was on each screen. */
import { stripVTControlCharacters } from 'node:util'

const mostChars = 700
/** Codes, keys and sheets of a kit. */
const secrets = /(?:[\w-]{4} ){5,}[\w-]*|[\w-]{20,}/g
/** What somebody typed, in a tree of roles and names. */
const typed = /((?:textbox|searchbox)[^:\n]*):[^\n]*/g

/** Findings of one line each: the error with the lines of the task, then every page that is open. */
export async function whatFailed(step, error, browser) {
  const pages = browser.contexts().flatMap(context => context.pages())
  const screens = await Promise.all(pages.map(page => Promise.race([screenOf(page), late()]).catch(unseen)))
  return [`${step}: ${oneLine(error.message)}; at ${placesIn(error)}`, ...screens]
}

const oneLine = text => stripVTControlCharacters(text).replace(/\s+/g, ' ').slice(0, mostChars)
const unseen = ({ message }) => `a screen that does not answer: ${oneLine(message)}`
const late = () => new Promise((_, reject) => setTimeout(reject, 20_000, new Error('20 seconds')).unref())

/** The lines of the tasks in a stack, the innermost first. */
function placesIn({ stack = '' }) {
  const places = [...stack.matchAll(/browser\/([\w-]+\.mjs:\d+)/g)].map(([, place]) => place)
  return places.slice(0, 4).join(' < ')
}

async function screenOf(page) {
  const { title, hash, focus } = await page.evaluate(readScreen)
  const text = (await page.locator('#page').ariaSnapshot()).replace(typed, '$1')
  const about = `“${title}”, ${page.viewportSize().width} px, ${hash}, focus on ${focus.slice(0, 60)}`
  return `screen ${oneLine(`${about}: ${text}`.replace(secrets, '…'))}`
}

/** Runs in the page. What was typed is in none of it. */
function readScreen() {
  const { activeElement: element, title } = document
  const name =
    element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent
  const focus = element === document.body ? 'nothing' : `${element?.tagName.toLowerCase()} ${name ?? ''}`
  return { title, hash: location.hash, focus }
}
