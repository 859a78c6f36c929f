/** The cell of a lock: in shared memory, or with the thread that serves it. */
import { ServedHandle } from '../served/handle.ts'
import { ServedOwner } from '../served/owner.ts'
import { OwnerCell, type LockCell } from './owner-cell.ts'
import { firstWord, type AnyState } from './sync-state.ts'

export function lockCell(state: AnyState, what: string): LockCell {
  return state instanceof ServedHandle
    ? new ServedOwner(state, what)
    : new OwnerCell(state.cells, firstWord, state.waiters, what)
}
