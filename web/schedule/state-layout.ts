/** Where the boxes of the diagram of states are, and the arrows between them: beside each other, or on a narrow screen in rows. */
import type { JobState } from '../../src/schedule/index.ts'

export interface StateBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface StateArrow {
  readonly from: JobState
  readonly to: JobState
  readonly path: string
  readonly text: string
  readonly x: number
  readonly y: number
}

export interface StateLayout {
  readonly viewBox: string
  readonly boxes: Readonly<Record<JobState, StateBox>>
  readonly arrows: readonly StateArrow[]
}

export const wideLayout: StateLayout = {
  viewBox: '0 12 720 282',
  boxes: {
    new: { x: 4, y: 42, width: 96, height: 112 },
    ready: { x: 156, y: 42, width: 150, height: 112 },
    running: { x: 400, y: 42, width: 150, height: 112 },
    blocked: { x: 278, y: 204, width: 150, height: 84 },
    done: { x: 606, y: 42, width: 110, height: 112 },
  },
  arrows: [
    { from: 'new', to: 'ready', path: 'M102 98H150', text: 'admitted', x: 128, y: 174 },
    { from: 'ready', to: 'running', path: 'M308 76H394', text: 'dispatched', x: 352, y: 66 },
    { from: 'running', to: 'ready', path: 'M398 124H312', text: 'slice over', x: 354, y: 144 },
    { from: 'running', to: 'blocked', path: 'M504 156V234Q504 246 492 246H434', text: 'waits for I/O', x: 556, y: 212 },
    { from: 'blocked', to: 'ready', path: 'M276 246H216Q204 246 204 234V160', text: 'I/O done', x: 166, y: 212 },
    { from: 'running', to: 'done', path: 'M552 98H600', text: 'finished', x: 578, y: 174 },
  ],
}

export const narrowLayout: StateLayout = {
  viewBox: '0 8 360 420',
  boxes: {
    new: { x: 4, y: 36, width: 130, height: 74 },
    ready: { x: 4, y: 176, width: 130, height: 104 },
    running: { x: 226, y: 176, width: 130, height: 104 },
    blocked: { x: 108, y: 346, width: 144, height: 74 },
    done: { x: 226, y: 36, width: 130, height: 74 },
  },
  arrows: [
    { from: 'new', to: 'ready', path: 'M110 112V170', text: 'admitted', x: 142, y: 134 },
    { from: 'ready', to: 'running', path: 'M136 204H220', text: 'dispatched', x: 180, y: 196 },
    { from: 'running', to: 'ready', path: 'M224 250H142', text: 'slice over', x: 181, y: 269 },
    { from: 'running', to: 'blocked', path: 'M306 282V370Q306 382 294 382H258', text: 'waits for I/O', x: 262, y: 312 },
    { from: 'blocked', to: 'ready', path: 'M106 382H66Q54 382 54 370V286', text: 'I/O done', x: 86, y: 312 },
    { from: 'running', to: 'done', path: 'M316 174V116', text: 'finished', x: 282, y: 138 },
  ],
}
