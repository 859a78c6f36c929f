/**
 * The module that a batch's own process imports: this layer. Here, in the layer's own folder, since the build joins its modules
 * into one file of this folder.
 */
export const batchModule: URL = new URL('./index.js', import.meta.url)
