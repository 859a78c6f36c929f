/** Notices that a child gives no sign of life. Any message is one; a child that has nothing to say sends beats. */
import type { Child } from './child/child.ts'
import { message } from './child/messages.ts'

/** Until its function begins a child loads modules, which may hold up its event loop; it is given at least so long. */
const bootMs = 30_000

/** Kills the child, with reason `hang`, after `hangMs` of silence. Gives what ends the watch. */
export function watchHeartbeat(child: Child, hangMs: number): () => void {
  let limitMs = Math.max(hangMs, bootMs)
  let heardMs = performance.now()
  let timer: NodeJS.Timeout | undefined
  const { onMessage } = child
  child.onMessage = (kind, values) => {
    heardMs = performance.now()
    if (kind === message.running) expect(hangMs)
    onMessage(kind, values)
  }

  function expect(ms: number): void {
    limitMs = ms
    clearTimeout(timer)
    // If it was this program that was held up, the signs wait to be read; they are by the next immediate.
    timer = setTimeout(() => setImmediate(judge), heardMs + limitMs - performance.now()).unref()
  }

  function judge(): void {
    if (child.death !== undefined) return
    if (performance.now() - heardMs >= limitMs) child.killAsHung()
    else expect(limitMs)
  }

  expect(limitMs)
  return () => clearTimeout(timer)
}
