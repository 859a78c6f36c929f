/** Keeps the program running while somebody waits for a served object, as sockets here do not. */

/** As long as a timer may be. */
const longMs = 2 ** 31 - 1
let waiting = 0
let timer: NodeJS.Timeout | undefined

export function beginWaiting(): void {
  waiting += 1
  timer ??= setInterval(() => {}, longMs)
}

export function endWaiting(): void {
  waiting -= 1
  if (waiting > 0) return
  clearInterval(timer)
  timer = undefined
}
