// lanework/process of this checkout. A program that needs an export which the
// checkout does not have says so and ends, so that the peers can still be measured.

import { report } from './meter.mjs'

const toolkit = await import('../../../dist/process/index.js').catch(() => ({}))

/** The named exports, or the end of the program. */
export function need(...names) {
  const missing = names.filter((name) => toolkit[name] === undefined)
  if (missing.length) {
    report({ missing: `this checkout has no ${missing.join(', ')}` })
    process.exit(0)
  }
  return toolkit
}

export const { task = () => undefined } = toolkit
