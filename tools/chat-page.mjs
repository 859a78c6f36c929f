/**
 * Builds the chat page: vite joins web/chat into dist/services/chat-page, an index.html and assets with hashed names, which servers
 * may let browsers keep for ever. Nothing in it is inline, so that `default-src 'self'` suits it.
 */
import { resolve } from 'node:path'
import { build } from 'vite'

export async function buildChatPage() {
  await build({
    configFile: false,
    root: resolve('web/chat'),
    base: './',
    logLevel: 'error',
    mode: 'production',
    build: {
      outDir: resolve('dist/services/chat-page'),
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: false,
      cssCodeSplit: false,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
  })
}
