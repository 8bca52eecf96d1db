/** What a script needs to try the page as people use it. */
import { chromium } from 'playwright-core'

export { startClinic } from './clinic.mjs'
export { conference } from './conference.mjs'
export { threadFigures } from './figures.mjs'
export { checkAccess, newPerson } from './people.mjs'
export { lookAt } from './pictures.mjs'
export { readmePicture } from './readme.mjs'
export { pictureFolder, wholeTasks } from './tasks.mjs'

/** With a camera that shows a file; it is read when the page asks for the camera. */
export function openBrowser(executablePath, cameraFile) {
  const args = [
    '--no-sandbox',
    '--disable-background-networking',
    '--disable-gpu',
    '--no-first-run',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${cameraFile}`,
  ]
  return chromium.launch({ executablePath, args, headless: true })
}
