/** Channels whose other end has not yet taken all that was sent, so that a program that ends can wait for it. */

/** An end that takes nothing for so long is not waited for; on a busy machine one that lives may get no CPU for seconds. */
const patienceMs = 10_000

interface Unsent {
  readonly waitingBytes: number
  drained(): Promise<void>
}

/** Those of this thread; each channel enters and leaves by itself. */
export const unsent: Set<Unsent> = new Set()

/** Before the program ends: waits for other ends to take what was sent, as long as they take something now and then. */
export async function drainChannels(): Promise<void> {
  // What waits for the end of a turn leaves first.
  await new Promise((resolve) => setImmediate(resolve))
  for (;;) {
    const before = waitingBytes()
    if (before === 0) return
    let timer: NodeJS.Timeout | undefined
    // If it was this program that was held up, there is room by now, and the next immediate comes after it was used.
    const patience = new Promise((resolve) => (timer = setTimeout(() => setImmediate(resolve), patienceMs)))
    await Promise.race([patience, Promise.all([...unsent].map((channel) => channel.drained()))])
    clearTimeout(timer)
    if (waitingBytes() >= before) return
  }
}

function waitingBytes(): number {
  let sum = 0
  for (const channel of unsent) sum += channel.waitingBytes
  return sum
}
