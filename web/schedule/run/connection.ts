/**
 * The page's way to the batch: its record as it grows, and questions with answers. A connection that breaks is made again, each time
 * after twice as long; the record then begins anew.
 */
import { GrowingRecord } from '../../../src/batch/seen/follow-record.ts'
import type { FromPage, PageAction, PageFault, PageStatus, ToPage } from '../../../src/batch/seen/page/messages.ts'
import type { RunRecord } from '../../../src/batch/types.ts'
import type { PolicyChoice } from '../../../src/schedule/index.ts'

export type LinkState = 'connecting' | 'live' | 'lost' | 'refused' | 'over'

export interface LinkHooks {
  /** The record grew; asked for with `record`, as often as it can be shown. */
  grew(): void
  status(status: PageStatus): void
  /** `reason` is there only with `lost`. */
  state(state: LinkState): void
}

export interface Link {
  record(): RunRecord | undefined
  setPolicy(choice: PolicyChoice): Promise<PageFault | undefined>
  act(action: PageAction, jobs: readonly number[]): Promise<PageFault | undefined>
}

const firstRetryMs = 500
const longestRetryMs = 15_000
const lost: PageFault = { code: 'LOST', message: 'There is no connection to the batch.' }

export function linkTo(url: string, token: string, hooks: LinkHooks): Link {
  let socket: WebSocket | undefined
  let growing: GrowingRecord | undefined
  let isWhole = false
  let isOver = false
  let failures = 0
  let refs = 0
  const waiting = new Map<number, (fault: PageFault | undefined) => void>()

  function open(): void {
    hooks.state('connecting')
    const opened = new WebSocket(url)
    socket = opened
    opened.onopen = () => opened.send(JSON.stringify({ do: 'enter', token } satisfies FromPage))
    opened.onmessage = ({ data }) => hear(JSON.parse(String(data)) as ToPage)
    opened.onclose = () => closed()
  }

  function hear(message: ToPage): void {
    switch (message.kind) {
      case 'begin':
        growing = new GrowingRecord(message.record, { steps: 20_000, jobs: 2_000 })
        isWhole = false
        break
      case 'news':
        takeNews(message)
        if (isWhole) hooks.grew()
        break
      case 'whole':
        isWhole = true
        failures = 0
        hooks.state('live')
        hooks.grew()
        break
      case 'status':
        hooks.status(message.status)
        break
      case 'answer':
        settle(message.ref, message.fault)
        break
      case 'refused':
        isOver = true
        hooks.state('refused')
        break
      case 'over':
        isOver = true
        growing?.stop()
        hooks.state('over')
        hooks.grew()
    }
  }

  function takeNews({ steps = [], jobs = [], policies = [] }: Extract<ToPage, { kind: 'news' }>): void {
    for (const step of steps) growing?.take({ kind: 'step', step })
    for (const job of jobs) growing?.take({ kind: 'job', job })
    for (const { at, choice } of policies) growing?.take({ kind: 'policy', at, choice })
  }

  function settle(ref: number, fault: PageFault | undefined): void {
    waiting.get(ref)?.(fault)
    waiting.delete(ref)
  }

  function closed(): void {
    for (const ref of waiting.keys()) settle(ref, lost)
    if (isOver) return
    growing?.stop()
    hooks.state('lost')
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** failures++) * (0.5 + Math.random() / 2)
    setTimeout(open, delayMs)
  }

  function ask(message: (ref: number) => FromPage): Promise<PageFault | undefined> {
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve(lost)
    const ref = ++refs
    socket.send(JSON.stringify(message(ref)))
    return new Promise((resolve) => waiting.set(ref, resolve))
  }

  open()
  return {
    record: () => (isWhole ? growing?.now() : undefined),
    setPolicy: (choice) => ask((ref) => ({ do: 'policy', ref, choice })),
    act: (action, jobs) => ask((ref) => ({ do: 'act', ref, action, jobs })),
  }
}
