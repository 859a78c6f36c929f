/** Looks over a policy's shoulder: calls `look` before each pick. */
import type { Policy, SimulatedJob } from '#lanework/schedule/index.js'

export function watched(policy: Policy<SimulatedJob>, look: (now: number) => void): Policy<SimulatedJob> {
  return new Proxy(policy, {
    // Policies keep their state in private fields, which the proxy itself does not have.
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (property === 'pick') look(args[0] as number)
        return Reflect.apply(value, target, args)
      }
    },
  })
}
