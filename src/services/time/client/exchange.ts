/**
 * One request on a socket of its own, connected to the server and on a random port, and what comes back, with the moments of both by the
 * counter. Where the kernel notes when a datagram came (the addon), the time that this program took to wake up does not count.
 */
import { fail } from '../../../core/index.ts'
import { formatAddress, isInternet, isLoopback, systemNetwork, type Address, type Network } from '../../../io/index.ts'
import { systemTicks, type Ticks } from '../clock/ticks.ts'

export interface ExchangeOptions {
  /** Resolved. */
  readonly address: Address
  readonly timeoutMs: number
  readonly network: Network | undefined
  readonly ticks: Ticks
  readonly signal: AbortSignal | undefined
}

/** Longest datagram that is looked at. */
const answerBytes = 2_048

/**
 * Gives what `judge` makes of the first datagram that it does not answer with undefined, or throws what it throws. Throws NO_ANSWER,
 * CONNECTION_REFUSED, ABORTED.
 */
export async function exchangeDatagrams<Result>(
  request: Uint8Array,
  { address, timeoutMs, network = systemNetwork(), ticks, signal }: ExchangeOptions,
  judge: (bytes: Uint8Array, sentNs: bigint, receivedNs: bigint) => Result | undefined,
): Promise<Result> {
  const socket = await network.bindDatagram(anyPortFor(address), { messageBytes: answerBytes, timestamps: true })
  let timer: NodeJS.Timeout | undefined
  let onAbort = (): void => {}
  try {
    await socket.connect(address)
    return await new Promise<Result>((resolve, reject) => {
      timer = setTimeout(() => reject(fail('NO_ANSWER', { address: formatAddress(address), timeoutMs })), timeoutMs)
      onAbort = () => reject(fail('ABORTED', { what: `Asking ${formatAddress(address)}` }))
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
      let sentNs = 0n
      socket.receive(
        (batch) => {
          try {
            for (let index = 0; index < batch.count; index++) {
              const receivedNs = counterAt(batch.receivedNs(index), sentNs, ticks)
              const result = judge(batch.message(index), sentNs, receivedNs)
              if (result !== undefined) return resolve(result)
            }
          } catch (error) {
            reject(error as Error)
          }
        },
        { onError: reject },
      )
      sentNs = ticks.ns()
      socket.sendNow(request, undefined).catch(reject)
    })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    await socket.close()
  }
}

/** The counter when the wall clock showed `wallNs`, a moment ago; now, where that cannot be. */
function counterAt(wallNs: bigint, sentNs: bigint, ticks: Ticks): bigint {
  const agoNs = ticks === systemTicks ? ticks.wallNs() - wallNs : 0n
  const nowNs = ticks.ns()
  // Somebody may have set the wall clock meanwhile.
  return agoNs > 0n && agoNs < nowNs - sentNs ? nowNs - agoNs : nowNs
}

function anyPortFor(address: Address): Address {
  const isIPv6 = isInternet(address) && address.host.includes(':')
  if (isLoopback(address)) return { scheme: 'udp', host: isIPv6 ? '::1' : '127.0.0.1', port: 0 }
  return { scheme: 'udp', host: isIPv6 ? '::' : '0.0.0.0', port: 0 }
}
