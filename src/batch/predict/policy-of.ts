/** The policy of a choice as the simulator gets it. */
import { policyByName, type Policy, type PolicyChoice } from '../../schedule/index.ts'

/** A fresh one; by default that of a batch. Throws OPTION_INVALID. */
export function policyOf({ name, options }: PolicyChoice = { name: 'rr', options: { quantum: 100 } }): Policy {
  return policyByName(name, options)
}
