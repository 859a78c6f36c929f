/** Connecting to a hub: the socket, whose it is, and the greetings. */
import { errorFromWire, fail, type WireError } from '../core/index.ts'
import type { FrameDecoder } from '../framing/index.ts'
import { parseAddress, systemNetwork, type StreamConnection } from '../io/index.ts'
import { frameBytes, helloPayload, invalid, kinds, noBytes, readFrame, readHello, type Frame } from './frames.ts'
import { framing } from './hub-connection.ts'
import { Outgoing } from './outgoing.ts'

/** A connection that both ends have greeted on. */
export interface Dialled {
  readonly stream: StreamConnection
  /** What came behind the greeting is in it. */
  readonly decoder: FrameDecoder
  /** Most subscriptions that the hub takes of one connection. */
  readonly subscriptions: number
  /** Who hears what comes from now on. */
  hear(events: { onData(): void; onClose(error: Error): void }): void
}

/**
 * Throws CONNECTION_REFUSED, PERMISSION_DENIED (another user's hub, or it says so), CONTROL_BUSY, CONNECT_TIMEOUT, TIMED_OUT,
 * CONNECTION_RESET, FRAME_INVALID, ABORTED.
 */
export async function dial(path: string, timeoutMs: number, echo: boolean, signal: AbortSignal): Promise<Dialled> {
  const stream = await systemNetwork().connectStream(parseAddress(`unix:${path}`), { timeoutMs, signal })
  const decoder = framing.decoder(frameBytes)
  const address = `unix:${path}`
  let heard: { onData(): void; onClose(error: Error): void } | undefined
  let onFirst: (error?: Error) => void = () => {}
  let ended: Error | undefined
  const gone = (error: Error): void => {
    ended ??= error
    onFirst(error)
    heard?.onClose(error)
  }
  stream.start({
    onData: (chunk) => {
      decoder.push(chunk)
      if (heard === undefined) onFirst()
      else heard.onData()
    },
    onEnd: () => stream.destroy(),
    onDrain: () => {},
    onClose: ({ error }) => gone(error ?? fail('CONNECTION_RESET', { address })),
  })
  const uid = stream.credentials?.()?.uid
  if (uid !== undefined && uid !== process.getuid?.() && uid !== 0) {
    stream.destroy()
    throw fail('PERMISSION_DENIED', { address })
  }
  const hello = new Outgoing()
  hello.add(kinds.hello, 0, 0, '', helloPayload(echo ? 1 : 0, 0))
  stream.write(hello.take())
  const frame = await new Promise<Frame>((resolve, reject) => {
    const timer = setTimeout(
      () => finish(fail('TIMED_OUT', { what: `The greeting of ${address}`, timeoutMs })),
      timeoutMs,
    )
    const onAbort = (): void => finish(fail('ABORTED', { what: `Connecting to ${address}` }, { cause: signal.reason }))
    const finish = (result: Frame | Error): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      onFirst = () => {}
      if (!(result instanceof Error)) return resolve(result)
      stream.destroy()
      reject(result)
    }
    onFirst = (error) => {
      const first = error ?? firstFrame(decoder)
      if (first !== undefined) finish(first)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    else if (ended !== undefined) finish(ended)
  })
  const [, subscriptions] = readHello(frame)
  return {
    stream,
    decoder,
    subscriptions,
    hear(events) {
      heard = events
      events.onData()
      if (ended !== undefined) events.onClose(ended)
    },
  }
}

/** The greeting, the reason why there is none, or undefined while it is not whole. */
function firstFrame(decoder: FrameDecoder): Frame | Error | undefined {
  try {
    const bytes = decoder.next()
    if (bytes === undefined) return undefined
    const frame: Frame = { kind: 0, outcome: 0, id: 0, subject: '', payload: noBytes }
    readFrame(bytes, frame)
    if (frame.kind === kinds.refused) return errorFromWire(JSON.parse(frame.payload.toString()) as WireError)
    readHello(frame)
    return frame
  } catch (error) {
    return error instanceof Error ? error : invalid(String(error))
  }
}
