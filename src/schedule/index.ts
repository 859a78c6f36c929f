/** `lanework/schedule`: jobs and the policies that order them. Pure. */

// The contract
export type { Job, Offer, Policy, ReadyCause, Running } from './types.ts'

// Policies
export { fcfs } from './fcfs.ts'
export { sjf, type SjfOptions } from './sjf.ts'

// Learning
export { Expectation, type ExpectationOptions } from './expectation.ts'
