/** Whether queues and locks are served here: where there is no addon. */
import { nativeStatus } from '#lanework/native/index.js'

export const unlessServed: string | false = nativeStatus().available ? 'they are in shared memory here' : false
