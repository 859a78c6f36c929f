/** Statuses as they are sent on: an environment has some kilobytes, and secrets, and nobody shows it. */
import type { JobStatus } from '../types.ts'

const none: Readonly<Record<string, string>> = Object.freeze({})

export function withoutEnvironment(status: JobStatus): JobStatus {
  return { ...status, request: { ...status.request, env: none } }
}
