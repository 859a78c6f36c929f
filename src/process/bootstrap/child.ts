/**
 * The first module of every child process. It sees to it that the child ends with the thread that started it, before anything else is
 * loaded; then it opens the channel to it, and waits to be told what to do.
 */
import { existsSync } from 'node:fs'

import { loadNative } from '../../native/index.ts'
import type { Transport } from '../channel/index.ts'
import { childVariable, type ChildVariable } from './variable.ts'

/** Where the parent put the child's end of the channel. */
const channelDescriptor = 3

const { parentPid, parentThread, guard, transport, pipes } = JSON.parse(
  process.env[childVariable] ?? '{}',
) as ChildVariable
Reflect.deleteProperty(process.env, childVariable)
// Ctrl-C reaches every process of a terminal; children leave it to their parent.
process.on('SIGINT', () => {})
endWithParent()
for (const name of pipes) writeAtOnce(process[name])
// Not imported above: loading them takes longer than a parent may need to die.
const [{ serve }, channel] = await Promise.all([import('./serve.ts'), openTransport()])
serve(channel, { parentPid, end: (code) => process.exit(code) })

function endWithParent(): void {
  // Where the kernel knows no such call (a sandbox), the end of the channel must do.
  if (guard === 'signal') loadNative()?.dieWithParent()
  // It may have ended before the call took effect.
  const hasThread = parentThread === undefined || existsSync(`/proc/${parentPid}/task/${parentThread}`)
  if (!hasThread || process.ppid !== parentPid) process.exit(1)
}

/**
 * Node writes to pipes when it finds time, and `process.exit` leaves it none; what was not written by then would be lost.
 * Not done to a pipe that others have inherited too: they would write so as well.
 */
function writeAtOnce(stream: object): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?(yes: boolean): number } }
  handle?.setBlocking?.(true)
}

async function openTransport(): Promise<Transport> {
  const native = loadNative()
  const { DescriptorTransport, StreamTransport } = await import('../channel/index.ts')
  if (transport === 'stream' || native === undefined) {
    const { adoptStream } = await import('../../io/index.ts')
    return new StreamTransport(adoptStream(channelDescriptor))
  }
  // The programs that a child starts must not inherit its channel.
  const own = native.duplicate(channelDescriptor)
  native.close(channelDescriptor)
  return new DescriptorTransport(own)
}
