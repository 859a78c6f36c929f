/** Plans of jobs with everything filled in, and settings of an engine, for tests. */
import type { EngineSettings, JobPlan } from '#lanework/batch/index.js'
import { policyByName, type PolicyChoice } from '#lanework/schedule/index.js'

export function planOf(name: string, about: Partial<JobPlan> = {}): JobPlan {
  return {
    argv: [name],
    name,
    key: name,
    cwd: '/',
    env: {},
    priority: 0,
    tickets: 1,
    owner: 'user',
    after: [],
    delayMs: 0,
    width: 1,
    memoryBytes: 0,
    resources: {},
    graceMs: 5_000,
    retries: 0,
    backoff: { firstMs: 1_000, maxMs: 60_000 },
    sliced: true,
    logs: { bytes: 1_000_000, keep: 1 },
    ...about,
  }
}

export function settingsOf(choice: PolicyChoice, about: Partial<EngineSettings> = {}): EngineSettings {
  return {
    policy: policyByName(choice.name, choice.options),
    choice,
    cpus: [0],
    memoryBytes: 8 * 2 ** 30,
    resources: {},
    slots: {},
    degree: 1_000,
    startedAt: 0,
    ...about,
  }
}
