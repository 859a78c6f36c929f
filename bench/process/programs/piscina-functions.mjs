// functions.mjs for piscina, which can move an array back instead of copying it.

import { move } from 'piscina'
import { touch } from './functions.mjs'

export * from './functions.mjs'
export const touchMoved = (array) => move(touch(array))
