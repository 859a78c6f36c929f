/** What the page holds where it shows a real run. */
import type { RunRecord } from '../../../src/batch/types.ts'

export type RunContent =
  /** The run that goes on where the page came from. */
  | { readonly live: true }
  /** A run that was kept. */
  | { readonly record: RunRecord }
