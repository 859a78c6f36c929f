/** `lanework/process`: what Python's multiprocessing gives, for Node. */
export { registerShareable, share, type Shareable, type SharedForm } from './codec/shareable.ts'
