/** What commands work with: the member, where it speaks, and a way to ask that waits out delays. */
import type { Answer, Ask, Fault, Reply, RequestName } from '../../types.ts'
import type { Desk } from '../../lane/front.ts'

export interface Context {
  readonly desk: Desk
  /** The room in which the member speaks; undefined where it has left it. */
  room: string | undefined
  /** Whether it is sent what it says itself. */
  isEchoed: boolean
  /** As `Desk.ask`; asks again by itself while a limit delays. */
  ask<Name extends RequestName>(name: Name, ask: Ask<Name>): Promise<Answer<Reply<Name>>>
}

/** What a command has to tell: lines without the server's prefix, or why it failed. */
export type Outcome = readonly string[] | Fault

/** `words` of what stands behind the command's name, and `rest`, the same as it was typed. */
export type Run = (context: Context, words: readonly string[], rest: string) => Promise<Outcome>

export const nothing: Outcome = []

/** The lines of what was answered, or the fault. */
export function told<Value>(answer: Answer<Value>, lines: (value: Value) => readonly string[] = () => []): Outcome {
  return 'ok' in answer ? lines(answer.ok) : answer.fault
}

export function isFault(outcome: Outcome): outcome is Fault {
  return 'code' in outcome
}

export const inNoRoom: Outcome = ['you are in no room: /join #ROOM, or /rooms']

export function isRoom(word: string | undefined): word is string {
  return word !== undefined && word.startsWith('#')
}

/** The room that the first word names, else the current one; and what stands behind it. */
export function roomAndRest(context: Context, words: readonly string[]): { room: string | undefined; taken: number } {
  const [first] = words
  return isRoom(first) ? { room: first, taken: 1 } : { room: context.room, taken: 0 }
}
