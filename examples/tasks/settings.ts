// What the example on spawn imports; its top level runs once in every process that imports it.
import { currentProcess, task } from 'lanework/process'

export const settings = { colour: 'white' }

/** The settings as they are where it runs. */
export const colour = task(import.meta, 'colour', () => settings.colour)

console.log(`${currentProcess().name}: the module of the task runs`)
