/** A plausible detail for every error code: those that the documentation shows. */
import { readFileSync } from 'node:fs'

import type { ErrorDetails } from '#lanework/core/index.js'

export const sampleDetails = JSON.parse(readFileSync('tools/error-samples.json', 'utf8')) as ErrorDetails
