/** Figures of a status as people read them, and which counters mean that something was lost. */
import type { ListenerStatus } from '../../server/index.ts'

/** `1.2k`, `34M`: at most five characters. */
export function countText(value: number): string {
  if (value < 1_000) return value % 1 === 0 || value >= 10 ? String(Math.round(value)) : value.toFixed(1)
  for (const [unit, size] of [
    ['k', 1e3],
    ['M', 1e6],
    ['G', 1e9],
    ['T', 1e12],
  ] as const) {
    const scaled = value / size
    if (scaled < 999.5 || unit === 'T') return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`
  }
  return String(value)
}

export function bytesText(value: number | undefined): string {
  if (value === undefined) return '?'
  if (value < 1_048_576) return `${Math.round(value / 1_024)} KiB`
  const mib = value / 1_048_576
  return mib < 10_240 ? `${Math.round(mib)} MiB` : `${(mib / 1_024).toFixed(1)} GiB`
}

/** `12 ms`, `3.4 s`, `2 m 5 s`, `3 d 4 h`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

export function microsText(us: number): string {
  if (us < 1_000) return `${Math.round(us)} us`
  return us < 1_000_000 ? `${(us / 1_000).toFixed(us < 10_000 ? 1 : 0)} ms` : `${(us / 1_000_000).toFixed(1)} s`
}

/** Connections that were turned away are losses too; what the socket counts as truncated the listener counts as dropped. */
const losses = /^dropped|(Refused|Shed)$|^socket(ReceiveDropped|SendDropped|SendFailed)$/

/** Why messages and connections were lost, with how many, the most first. */
export function dropsOf({ counters, kernelDrops }: ListenerStatus): (readonly [cause: string, count: number])[] {
  const lost = Object.entries(counters).filter(([name]) => losses.test(name))
  const all = [...lost, ['kernel', kernelDrops ?? 0] as const]
  return all.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)
}

/** All of them together. */
export function dropCount(listener: ListenerStatus): number {
  return dropsOf(listener).reduce((sum, [, count]) => sum + count, 0)
}

/** `droppedOverload` as `overload`. */
export function causeText(name: string): string {
  const words = name.replace(/^(dropped|socket)(?=[A-Z])/, '').replace(/([a-z])([A-Z])/g, '$1 $2')
  return words.toLowerCase()
}
