/** `lanework/bus`: messages by subject between the parts of a program, in one thread or across processes. */

// Buses
export { localBus } from './local-bus.ts'
export { startHub } from './hub.ts'
export { connectBus } from './connect-bus.ts'

// The contract
export type {
  Answer,
  Bus,
  BusEvents,
  BusStatus,
  ConnectBusOptions,
  EndOptions,
  Hear,
  Hub,
  HubOptions,
  HubStatus,
  RequestOptions,
  Subscription,
} from './types.ts'

// Subjects
export { checkPattern, checkSubject, isPattern, subjectBytes, subjectToken } from './subject.ts'
export { payloadBytes } from './frames.ts'
