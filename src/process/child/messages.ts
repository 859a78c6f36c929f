/** What parent and child say to each other. Numbers, as they stand in each frame. */
export const message = {
  // parent to child
  /** role, what to do: the first message. */
  begin: 1,
  /** Addresses of tasks, before `begin`: their modules are imported while the child is kept ready. */
  preload: 2,
  // child to parent
  /** The function was found and begins. */
  running: 16,
  /** Its value. */
  result: 17,
  /** What it threw, in wire form. */
  failure: 18,
  /** An error that nobody caught ends the child, in wire form. */
  uncaught: 19,
  beat: 20,
  // lanes of a pool: see pool/messages.ts, from 32 on
} as const

/** Who the child is. */
export interface BeginRole {
  readonly name: string
  readonly parentName: string
  readonly parentPid: number
  readonly daemon: boolean
  /** A sign of life every so often; 0 never. */
  readonly beatMs: number
}
