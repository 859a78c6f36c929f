// The runner speaks to every server program alike: one order a line on standard input, one JSON value a line back. The
// program ends with its standard input, so that none outlives the runner.

import { createInterface } from 'node:readline'

/** `orders` are functions by name; what they give, or their error's message, goes back. */
export function obey(orders) {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', async (line) => {
    const [id, name] = line.split(' ')
    try {
      say({ id, value: (await orders[name]()) ?? null })
    } catch (error) {
      say({ id, error: String(error?.message ?? error) })
    }
  })
  lines.on('close', () => Promise.resolve(orders.stop()).finally(() => process.exit(0)))
}

export function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** The options that the runner gave. */
export const given = JSON.parse(process.argv[2] ?? '{}')
