/**
 * `npm run build`, and what `npm ci` runs: compiles TypeScript, joins the modules of each layer, builds the page of
 * `lanework simulate --html` and the chat page, then the addon if a C compiler is there.
 * A missing compiler is never an error: lanework then runs on Node's own modules.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildNative } from './native.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)

if (process.argv.includes('--if-missing') && existsSync('dist/cli/main.js')) process.exit(0)

// An installed package has no sources to compile; it is ready as it is.
if (!existsSync('tsconfig.json')) process.exit(0)
if (!existsSync('node_modules/typescript')) {
  if (!process.argv.includes('--if-missing')) process.exit(0) // Installed without development packages: as is.
  console.error('lanework: nothing is installed yet; run `npm ci` first')
  process.exit(1)
}

// What is left of an earlier build would be joined in.
rmSync('dist', { recursive: true, force: true })
for (const project of ['tsconfig.json', 'examples/tsconfig.json', 'web/tsconfig.json']) {
  const tsc = spawnSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', project], {
    stdio: 'inherit',
  })
  if (tsc.status !== 0) process.exit(tsc.status ?? 1)
}
const { bundleLayers } = await import('./bundle.mjs')
await bundleLayers()
const { buildPage } = await import('./page.mjs')
await buildPage()
const { buildChatPage } = await import('./chat-page.mjs')
await buildChatPage()
chmodSync('dist/cli/main.js', 0o755)

const native = buildNative()
if (!native.built) {
  console.error(`lanework: the native addon was not built: ${native.reason}`)
  console.error('lanework: everything works without it, more slowly; `npx lanework doctor` says what differs.')
}
