// Where things are. Servers start from the repository root and are named
// relative to it, so the commands in the report work from there as written.

import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bench = fileURLToPath(new URL('..', import.meta.url))
export const results = fileURLToPath(new URL('../results', import.meta.url))
export const partialResults = fileURLToPath(new URL('../results/partial', import.meta.url))
