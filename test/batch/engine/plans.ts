/** Plans of jobs with everything filled in, and settings of an engine, for tests. */
import type { EngineSettings, JobPlan } from '#lanework/batch/index.js'
import { policyByName, type PolicyChoice } from '#lanework/schedule/index.js'
import { jobPlan } from '../../support/job-plan.ts'

export function planOf(name: string, about: Partial<JobPlan> = {}): JobPlan {
  return jobPlan({ argv: [name], name, ...about })
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
