/** Where the built chat page lies; here, since the build joins the modules of this layer into one file of this folder. */

/** The folder of the chat page, for a service's `pages`. */
export const chatPages: URL = new URL('./chat-page/', import.meta.url)
