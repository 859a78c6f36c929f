/** A stream that nobody reads any more: a pipe whose reader has gone (EPIPE), a terminal that was closed (EIO). */
import { exitCodes } from './exit-codes.ts'

let onLost: (() => void) | undefined

/**
 * What is to be done instead of ending at once. It is called for each write that fails, and what is written afterwards is lost in
 * silence: the errors of last words come when nobody waits for them any more.
 */
export function whenOutputIsLost(act: () => void): void {
  onLost = act
  // A closed terminal also fails to leave its raw mode, which comes as an error of stdin.
  for (const stream of [process.stdin, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!isLost(error)) throw error
    })
}

/** For the whole of a command: a reader that has seen enough (`| head`) closes the pipe, which is no failure of itself. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isLost(error)) return
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? exitCodes.ok)
    throw error
  })
}

function isLost({ code }: NodeJS.ErrnoException): boolean {
  if (onLost === undefined || (code !== 'EPIPE' && code !== 'EIO')) return false
  if (code === 'EIO' && !process.listeners('exit').includes(endBySignal)) process.on('exit', endBySignal)
  onLost()
  return true
}

/** Node resets its terminal when it exits, and aborts where that has gone (ResetStdio in its src/node.cc): SIGHUP comes before that. */
function endBySignal(): void {
  process.kill(process.pid, 'SIGHUP')
}
