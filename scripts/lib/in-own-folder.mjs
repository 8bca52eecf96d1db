/** A test finds itself in the folder of its workspace, as when that is tested alone: its children import from there. */
import process from 'node:process'

process.chdir(process.env.CHARTSEAL_FOLDER)
