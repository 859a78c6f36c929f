// Sends to a thread. The one place where the linter has to be told that this
// is no window of a browser, whose messages need a target origin.

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has no origin
export const post = (port, value) => port.postMessage(value)
