/** All policies as data: what commands, pages and documents say of them, and what options may be set by name. */
import { queueRows } from './table-queues.ts'
import type { PolicyRow } from './table-row.ts'
import { shareRows } from './table-shares.ts'

/** In the order in which textbooks introduce them. */
export const policyTable: readonly PolicyRow[] = [...queueRows, ...shareRows]
