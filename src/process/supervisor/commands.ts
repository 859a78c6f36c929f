/** What the rules of a supervisor ask of its shell. */
import type { ChildEnd, SupervisorEvents } from './types.ts'

/** An event to tell: its name and its payload. */
export type Told = {
  [Name in keyof SupervisorEvents]: { readonly name: Name; readonly event: SupervisorEvents[Name] }
}[keyof SupervisorEvents]

/** What became of a child, for those who wait for it; `gone`: it will not come up. */
export type Outcome = 'up' | 'down' | 'gone'

export type Command =
  | { readonly do: 'start' | 'stop' | 'kill' | 'cancelDelay' | 'forget'; readonly id: string }
  | { readonly do: 'delay'; readonly id: string; readonly delayMs: number }
  | { readonly do: 'settle'; readonly id: string; readonly outcome: Outcome; readonly error?: Error }
  | { readonly do: 'tell'; readonly told: Told }
  | { readonly do: 'ready' }
  | { readonly do: 'end'; readonly end: ChildEnd }
