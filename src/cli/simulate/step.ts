/** Goes through the moments of a simulation: by keys on a terminal, one after the other in a pipe. */
import { emitKeypressEvents } from 'node:readline'

import { drawStep, momentsOf, type DrawOptions, type Simulation } from '../../schedule/index.ts'
import { remark } from '../output.ts'

interface Key {
  readonly name?: string
  readonly ctrl?: boolean
}

const keysText = 'space or right: next   left: back   home, end: first, last   q: leave'

export async function stepThrough(simulation: Simulation, options: DrawOptions): Promise<void> {
  const { times } = momentsOf(simulation)
  if (process.stdin.isTTY && process.stdout.isTTY) return await byKeys(simulation, times, options)
  process.stdout.write(`${times.map((at) => drawStep(simulation, { ...options, at })).join('\n\n')}\n`)
}

async function byKeys(simulation: Simulation, times: readonly number[], options: DrawOptions): Promise<void> {
  let place = 0
  const draw = (): void => {
    const text = drawStep(simulation, { ...options, width: process.stdout.columns, at: times[place] ?? 0 })
    process.stdout.write(`\u001B[2J\u001B[H${text}\n\n${place + 1} of ${times.length}   ${keysText}\n`)
  }
  emitKeypressEvents(process.stdin)
  process.stdin.setRawMode(true)
  process.stdin.resume()
  process.stdout.on('resize', draw)
  draw()
  await new Promise<void>((resolve) => {
    const hear = (_: string | undefined, { name, ctrl }: Key): void => {
      if (name === 'q' || name === 'escape' || (ctrl === true && name === 'c')) {
        process.stdin.off('keypress', hear)
        return resolve()
      }
      place = Math.max(0, Math.min(times.length - 1, moved(place, name, times.length - 1)))
      draw()
    }
    process.stdin.on('keypress', hear)
  })
  process.stdout.off('resize', draw)
  process.stdin.setRawMode(false)
  process.stdin.pause()
  remark('')
}

function moved(place: number, key: string | undefined, last: number): number {
  if (key === 'left' || key === 'up' || key === 'backspace') return place - 1
  if (key === 'home') return 0
  if (key === 'end') return last
  return ['right', 'down', 'space', 'return'].includes(key ?? '') ? place + 1 : place
}
