/** What a child process finds in its environment, and removes before any other code sees it. */
export const childVariable = 'LANEWORK_CHILD'

export interface ChildVariable {
  readonly parentPid: number
  /** How it notices the parent's end: by the kernel's signal, a thread that watches, or only by the channel's end. */
  readonly guard: 'signal' | 'watch' | 'channel'
  readonly transport: 'descriptor' | 'stream'
  /** Those of its descriptors that are pipes to the parent, which reads them always. */
  readonly pipes: readonly ('stdout' | 'stderr')[]
}
