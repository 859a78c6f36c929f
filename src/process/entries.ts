/**
 * The modules that a child, a thread, a keeper and a daemon start with. Here, in the layer's own folder, since the build joins a
 * layer's modules into one file of this folder: a path that is relative to a deeper module would lead elsewhere.
 */
export const childEntry: URL = new URL('./bootstrap/child.js', import.meta.url)
export const threadEntry: URL = new URL('./bootstrap/thread.js', import.meta.url)
export const keeperEntry: URL = new URL('./bootstrap/keeper.js', import.meta.url)
export const daemonEntry: URL = new URL('./bootstrap/daemon.js', import.meta.url)
