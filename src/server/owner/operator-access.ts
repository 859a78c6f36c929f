/** The supervisor's own way to the owner: calls as a lane makes them, without snapshots. */
import type { FromLane, ToLane } from './messages.ts'
import { LaneAccess } from './access.ts'
import type { Relay } from './relay.ts'

/** No lane has a negative number. */
const operatorNumber = -1
/** To load a great deal anew takes a while. */
const callTimeoutMs = 600_000

export function operatorAccess(relay: Relay): LaneAccess {
  const tell = (message: FromLane): void => relay.fromLane(operatorNumber, message)
  const access = new LaneAccess(
    {
      ask: (id, method, args) => tell(['call', id, method, args]),
      cancel: (id) => tell(['cancel', id]),
    },
    { timeoutMs: callTimeoutMs },
  )
  // One snapshot comes, which is the relay's own; as nobody says that it was got, no other does.
  relay.addLane(operatorNumber, (message: ToLane) => {
    if (message[0] !== 'snapshot') access.receive(message)
  })
  return access
}
