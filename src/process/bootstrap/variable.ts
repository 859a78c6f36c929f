/** What a child process finds in its environment, and removes before any other code sees it. */
export const childVariable = 'LANEWORK_CHILD'

export interface ChildVariable {
  readonly parentPid: number
  /** The thread of it that started the child, where /proc tells. */
  readonly parentThread: number | undefined
  /** Whether it asks the kernel for a signal at the end of that thread; else setpriv(1) did, or the channel's end must do. */
  readonly guard: 'signal' | 'channel'
  readonly transport: 'descriptor' | 'stream'
  /** Those of its descriptors that are pipes to the parent, which reads them always. */
  readonly pipes: readonly ('stdout' | 'stderr')[]
}
