/**
 * Moves through a run: by moment (a button, the slider's arrow keys), or playing. Whoever asked for less motion gets one
 * moment after the other instead of a moving playhead.
 */
import { numberText } from '../../src/schedule/index.ts'
import { element, svgElement } from '../element.ts'
import type { Run } from './view.ts'

/** Seconds that a run takes at speed 1. */
const playSeconds = 24
const speeds = [0.25, 0.5, 1, 2, 4]

const icons = {
  start: 'M3 3h2v10H3zM13 3v10L6 8z',
  back: 'M11 3v10L4 8z',
  play: 'M4 2.5v11L13 8z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  on: 'M5 3v10l7-5z',
  end: 'M11 3h2v10h-2zM3 3v10l7-5z',
}

function iconOf(path: string): SVGElement {
  return svgElement(
    'svg',
    { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true' },
    svgElement('path', { d: path }),
  )
}

export interface Player {
  readonly node: HTMLElement
  /** A new run: starts at its beginning, or stays where it was as far as that exists; or goes to that time. */
  show(run: Run, at?: number): void
  goTo(time: number): void
}

/** `onTime` gets every change; `settled` is true where the reader stopped, so that it is worth announcing. */
export function player(onTime: (time: number, settled: boolean) => void): Player {
  const calm = matchMedia('(prefers-reduced-motion: reduce)')
  const slider = element('input', { type: 'range', id: 'time', min: 0, max: 0, step: 1, value: 0 })
  const output = element('output', { for: 'time', class: 'time' }, '0')
  const speed = element(
    'select',
    { id: 'speed' },
    ...speeds.map((value) => element('option', { value, selected: value === 1 }, `${value}×`)),
  )
  const button = (label: string, icon: string, act: () => void): HTMLButtonElement => {
    const made = element('button', { type: 'button', 'aria-label': label, title: label }, iconOf(icon))
    made.addEventListener('click', act)
    return made
  }
  let run: Run | undefined
  let time = 0
  let playing = false
  let last = 0
  let waited = 0

  const toggle = button('Play', icons.play, () => setPlaying(!playing))
  toggle.classList.add('primary')
  const node = element(
    'div',
    { class: 'player', role: 'group', 'aria-label': 'Move through time' },
    element(
      'div',
      { class: 'buttons' },
      button('To the start', icons.start, () => jump(0)),
      button('One moment back', icons.back, () => jump(indexNow() - (time > timeOf(indexNow()) ? 0 : 1))),
      toggle,
      button('One moment on', icons.on, () => jump(indexNow() + 1)),
      button('To the end', icons.end, () => jump(Infinity)),
    ),
    element('label', { for: 'time', class: 'unseen' }, 'Moment'),
    slider,
    element('span', { class: 'clock' }, 'time ', output),
    element('label', { for: 'speed', class: 'speed' }, 'Speed ', speed),
  )

  function indexNow(): number {
    return run?.moments.indexAt(time) ?? 0
  }

  function timeOf(index: number): number {
    const times = run?.moments.times ?? [0]
    return times[Math.min(times.length - 1, Math.max(0, index))] ?? 0
  }

  function jump(index: number): void {
    setPlaying(false)
    set(timeOf(index), true)
  }

  function set(next: number, settled: boolean): void {
    time = next
    const index = indexNow()
    slider.value = String(index)
    slider.setAttribute(
      'aria-valuetext',
      `time ${numberText(timeOf(index))}, moment ${index + 1} of ${Number(slider.max) + 1}`,
    )
    output.textContent = numberText(Math.round(time * 100) / 100)
    onTime(time, settled)
  }

  function setPlaying(on: boolean): void {
    if (on === playing) return
    playing = on
    const label = on ? 'Pause' : 'Play'
    toggle.setAttribute('aria-label', label)
    toggle.title = label
    toggle.replaceChildren(iconOf(on ? icons.pause : icons.play))
    if (!on) {
      set(time, true)
      return
    }
    if (run !== undefined && time >= run.simulation.system.makespan) time = 0
    last = performance.now()
    waited = 0
    requestAnimationFrame(frame)
  }

  function frame(now: number): void {
    if (!playing || run === undefined) return
    const passed = ((now - last) / 1000) * Number(speed.value)
    last = now
    const end = run.simulation.system.makespan
    if (calm.matches) {
      waited += passed
      if (waited >= 1) {
        waited = 0
        set(timeOf(indexNow() + 1), false)
      }
    } else set(Math.min(end, time + (passed * end) / playSeconds), false)
    if (time >= end) setPlaying(false)
    else requestAnimationFrame(frame)
  }

  slider.addEventListener('input', () => {
    setPlaying(false)
    set(timeOf(Number(slider.value)), true)
  })

  return {
    node,
    show(next, at = time) {
      run = next
      slider.max = String(next.moments.times.length - 1)
      set(Math.min(at, next.simulation.system.makespan), false)
    },
    goTo(next) {
      setPlaying(false)
      set(next, true)
    },
  }
}
