// The least task that has a result, in a module of its own, because the process imports it.

import { task } from './lanework.mjs'

export const hello = task(import.meta, 'hello', () => 'hello')
