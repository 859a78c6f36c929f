/**
 * The first module of every child process. It sees to it that the child ends with its parent, opens the channel
 * to it, and waits to be told what to do; all this before any of the user's code is loaded.
 */
import { adoptStream } from '../../io/index.ts'
import { loadNative } from '../../native/index.ts'
import { DescriptorTransport, StreamTransport, type Transport } from '../channel/index.ts'
import { childVariable, type ChildVariable } from '../child/spawn-process.ts'
import { serve } from './serve.ts'

/** Where the parent put the child's end of the channel. */
const channelDescriptor = 3

const { parentPid, guard, transport } = JSON.parse(process.env[childVariable] ?? '{}') as ChildVariable
Reflect.deleteProperty(process.env, childVariable)
// Ctrl-C reaches every process of a terminal; children leave it to their parent.
process.on('SIGINT', () => {})
endWithParent()
serve(openTransport(), { parentPid, end: (code) => process.exit(code) })

function endWithParent(): void {
  const status = guard === 'channel' ? 0 : (loadNative()?.dieWithParent(parentPid, guard === 'watch' ? 1 : 0) ?? 0)
  if (status < 0) process.exit(1)
}

function openTransport(): Transport {
  const native = loadNative()
  if (transport === 'stream' || native === undefined) return new StreamTransport(adoptStream(channelDescriptor))
  // The programs that a child starts must not inherit its channel.
  const own = native.duplicate(channelDescriptor)
  native.close(channelDescriptor)
  return new DescriptorTransport(own)
}
