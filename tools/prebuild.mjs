/**
 * What `npm pack` runs: addons for linux-x64 and linux-arm64 into prebuilds/, one of them cross-compiled, so
 * that an installed package needs neither a compiler nor an install script.
 */
import { buildNative } from './native.mjs'

let failed = false
for (const cpu of ['x64', 'arm64']) {
  const { built, reason } = buildNative({ cpu, force: true, flags: ['-s'] })
  if (built) continue
  failed = true
  console.error(`lanework: no addon for linux-${cpu}: ${reason}`)
}
if (failed) {
  console.error(
    'lanework: packing needs gcc for this CPU and the cross-compiler for the other (Debian: gcc-aarch64-linux-gnu)',
  )
  process.exit(1)
}
