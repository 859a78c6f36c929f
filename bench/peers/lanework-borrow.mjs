// The lanework echo with borrowed messages: the handler sees the receive buffer
// itself and answers from it, so no message is copied on the way through.
// The import is relative because this folder is a package of its own.

import { service } from '../../dist/index.js'

export default service({ name: 'echo-borrow', borrow: true, message: (message) => message })
