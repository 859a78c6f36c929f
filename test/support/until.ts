/** Waiting without sleeping: a condition is polled until it holds, or the test fails by name. */

/** What `condition` gave once it was neither false nor undefined; throws after `deadlineMs`. */
export async function until<Value>(
  what: string,
  condition: () => Value | false | undefined | Promise<Value | false | undefined>,
  deadlineMs = 30_000,
): Promise<Value> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const value = await condition()
    if (value !== false && value !== undefined) return value
    if (performance.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** A promise and the function that resolves it: a gate that a test opens. */
export interface Gate<Value = void> {
  readonly opened: Promise<Value>
  open(value: Value): void
}

export function gate<Value = void>(): Gate<Value> {
  let open: (value: Value) => void = () => {}
  const opened = new Promise<Value>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Waits for so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
