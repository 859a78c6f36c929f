// functions.mjs as workerpool wants it.

import workerpool from 'workerpool'
import * as functions from './functions.mjs'

workerpool.worker({ ...functions })
