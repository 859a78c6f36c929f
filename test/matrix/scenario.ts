/** What one scenario of the matrix is, and where it makes sense. */
import type { LaneKind } from '#lanework/server/index.js'
import type { Site } from '../support/matrix.ts'

export interface Scenario {
  readonly claim: string
  /** Everywhere unless told otherwise. */
  readonly only?: {
    /** True: datagrams only; false: streams only. */
    readonly datagram?: boolean
    readonly kinds?: readonly LaneKind[]
    /** By name. */
    readonly transports?: readonly string[]
  }
  run(site: Site): Promise<void>
}
