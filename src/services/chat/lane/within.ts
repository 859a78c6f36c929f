/** Waits for what nobody tells of. */
import type { Clock } from '../../../core/index.ts'

const lookEveryMs = 50

/** Resolves once it is done, and after so long in any case. A lane that stood still goes on looking for so many looks. */
export async function within(clock: Clock, limitMs: number, isDone: () => boolean): Promise<void> {
  for (let looks = Math.ceil(limitMs / lookEveryMs); looks > 0 && !isDone(); looks--)
    await new Promise<void>((resolve) => clock.after(lookEveryMs, resolve))
}
