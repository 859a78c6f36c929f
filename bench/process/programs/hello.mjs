// The least program that has a result.

import { parentPort } from 'node:worker_threads'
import { post } from './post.mjs'

if (parentPort) post(parentPort, 'hello')
else process.send('hello', () => process.disconnect())
