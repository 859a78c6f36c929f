/** Times and days as the reader writes them. */
import { locale, texts } from './texts.ts'

const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
const dayOfYear = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })

export function timeText(ms: number): string {
  return time.format(ms)
}

export function fullText(ms: number): string {
  return full.format(ms)
}

export function dayText(ms: number): string {
  const days = Math.round((startOfDay(Date.now()) - startOfDay(ms)) / 86_400_000)
  if (days === 0) return texts.today
  if (days === 1) return texts.yesterday
  return new Date(ms).getFullYear() === new Date().getFullYear() ? day.format(ms) : dayOfYear.format(ms)
}

export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0)
}

export function secondsUntil(ms: number): number {
  return Math.max(0, Math.ceil((ms - Date.now()) / 1000))
}
