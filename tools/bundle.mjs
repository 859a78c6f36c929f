/**
 * The second half of the build: joins the modules of each layer in dist/ into one file, `dist/LAYER/bundle.js`. Node takes
 * a third of a millisecond for each module that it loads, and each process of a pool, each thread and each command loads
 * all of them. The modules themselves stay where they are and pass on what the bundle holds, so that every path means the
 * same object.
 *
 * What starts a process or a command (`bootstrap`, `cli`) is left as it is: it runs when it is loaded.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { rolldown } from 'rolldown'

const dist = resolve('dist')
const layers = JSON.parse(readFileSync('tools/layers.json', 'utf8'))
  .map(({ name }) => name)
  .filter((name) => name !== 'cli')

function modulesIn(folder) {
  return readdirSync(join(dist, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function isBundled(layer, module) {
  return module.startsWith(join(dist, layer) + sep) && !module.includes(`${sep}bootstrap${sep}`)
}

export async function bundleLayers() {
  const modules = [join(dist, 'index.js'), ...layers.flatMap(modulesIn)]
  const bundle = await rolldown({
    input: Object.fromEntries(modules.map((module) => [relative(dist, module).slice(0, -'.js'.length), module])),
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    preserveEntrySignatures: 'strict',
    treeshake: false,
  })
  await bundle.write({
    dir: dist,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // Errors and tasks are known by the names of their classes and functions.
    keepNames: true,
    comments: false,
    codeSplitting: {
      groups: layers.map((layer) => ({ name: `${layer}/bundle`, test: (module) => isBundled(layer, module) })),
    },
  })
  await bundle.close()
}
