/** Services whose time comes from servers upstream, if they are told to: the option, the hooks, and the time that lanes read. */
import { fail } from '../../../core/index.ts'
import { realTimeNs } from '../../../io/index.ts'
import type { LaneInfo, SharedMethods, SharedServer } from '../../../server/index.ts'
import { sharedSource, unknownState, type SharedSource } from './snapshot.ts'
import type { TimeSource } from './types.ts'
import { upstreamShared } from './upstream.ts'

/** Options that JSON can carry. */
export interface FollowOptions {
  /** Servers to correct the time by, `HOST` or `HOST:PORT`; the system's clock is left alone. @default none: the system's clock */
  readonly upstream?: readonly string[]
  /** Where the frequency of that clock outlives a restart. @default nowhere */
  readonly driftFile?: string
}

/** Their names, for checks. */
export const followKeys: readonly (keyof FollowOptions)[] = ['upstream', 'driftFile']

/** What a service that follows is made of. */
export interface Followed {
  /** What tells the time; undefined for the system's clock. */
  readonly source: TimeSource | undefined
  /** Belong to the service; empty when it does not follow. */
  readonly hooks: {
    readonly shared?: (server: SharedServer) => Promise<SharedMethods>
    readonly start?: (lane: LaneInfo) => void
    readonly stop?: (lane: LaneInfo) => void
  }
}

/**
 * Makes a service follow `upstream`, or tell the time of `source`. Until it has heard from upstream it tells the system's time, as not
 * synchronised. Throws OPTION_INVALID, ADDRESS_INVALID.
 */
export function follow(
  name: string,
  { upstream, driftFile, source }: FollowOptions & { readonly source?: TimeSource | undefined },
): Followed {
  if (upstream === undefined) {
    if (driftFile === undefined) return { source, hooks: {} }
    throw fail('OPTION_INVALID', { option: 'driftFile', rule: 'given with upstream', got: driftFile })
  }
  if (!Array.isArray(upstream)) {
    throw fail('OPTION_INVALID', { option: 'upstream', rule: 'a list of servers', got: JSON.stringify(upstream) })
  }
  if (source !== undefined) {
    const got = upstream.join(', ')
    throw fail('OPTION_INVALID', { option: 'upstream', rule: 'left out when there is a source', got })
  }
  const shared = upstreamShared({ servers: upstream, ...(driftFile === undefined ? {} : { driftFile }) })
  // Hooks are not told which lane calls them, so a service object has one; each thread and process makes its own from a module.
  let current: { readonly lane: LaneInfo; readonly source: SharedSource } | undefined
  return {
    source: {
      nowNs: () => current?.source.nowNs() ?? realTimeNs(),
      state: () => current?.source.state() ?? unknownState,
    },
    hooks: {
      shared,
      start(lane) {
        if (current !== undefined) {
          throw fail('SERVICE_INVALID', { source: name, reason: 'it is served already; make one for each server' })
        }
        current = { lane, source: sharedSource(lane.shared) }
      },
      stop(lane) {
        // One that was refused stops too.
        if (current?.lane !== lane) return
        current.source.close()
        current = undefined
      },
    },
  }
}
