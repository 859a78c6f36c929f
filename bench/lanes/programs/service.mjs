// The service that lanework's lanes run. The import is relative because this folder belongs to a package of its own.

import { lines, service } from '../../../dist/index.js'
import { handle } from './handlers.mjs'

export default service({ name: 'bench', framing: lines(), message: handle })
