/**
 * Where tests make a lane die, exactly: `LANEWORK_FAILPOINTS=result.half` kills the process when it gets there. Each
 * point may say at which time (`begun@3`), and a file that is made first, so that of all lanes only one dies
 * (`begun@3=/tmp/mark`). Unset, a point costs one comparison.
 */
import { closeSync, openSync } from 'node:fs'

import type { Transport } from '../channel/index.ts'

/**
 * starting: before the initialiser. import: before the module of a task is loaded. begun: between the mark that a task
 * has begun and its call. result.half: half of a result is written. result: it is written whole, the next has not begun.
 */
export type FailPoint = 'starting' | 'import' | 'begun' | 'result.half' | 'result'

interface Trigger {
  passes: number
  readonly mark: string | undefined
}

const triggers = parse(process.env['LANEWORK_FAILPOINTS'])

/** Dies here, if that was asked for. */
export function failPoint(point: FailPoint, before?: () => void): void {
  if (triggers === undefined || !strikes(triggers.get(point))) return
  before?.()
  process.kill(process.pid, 'SIGKILL')
}

/** The same transport, that writes half of the first result it is to die with. */
export function failingTransport(transport: Transport): Transport {
  if (triggers?.has('result.half') !== true) return transport
  const { write } = transport
  return Object.assign(transport, {
    write(...[bytes, start, end, descriptors, locals]: Parameters<Transport['write']>): number {
      if (bytes.readUInt16LE(start + 4) !== resultKind)
        return write.call(transport, bytes, start, end, descriptors, locals)
      const half = start + ((end - start) >> 1)
      failPoint('result.half', () => write.call(transport, bytes, start, half, descriptors, locals))
      return write.call(transport, bytes, start, end, descriptors, locals)
    },
  })
}

/** As pool/messages.ts has it. */
const resultKind = 36

function strikes(trigger: Trigger | undefined): boolean {
  if (trigger === undefined || --trigger.passes > 0) return false
  if (trigger.mark === undefined) return true
  try {
    closeSync(openSync(trigger.mark, 'wx'))
    return true
  } catch {
    return false
  }
}

function parse(text: string | undefined): Map<string, Trigger> | undefined {
  if (text === undefined) return undefined
  const found = new Map<string, Trigger>()
  for (const part of text.split(',')) {
    const [, point = '', times = '1', mark] = /^([^@=]+)(?:@(\d+))?(?:=(.*))?$/.exec(part) ?? []
    found.set(point, { passes: Number(times), mark })
  }
  return found
}
