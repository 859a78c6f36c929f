/**
 * Builds the page of `lanework simulate --html`: vite joins web/schedule with the simulator it imports from src/schedule;
 * script and style then go into one HTML file, dist/web/schedule.html. Its content security policy allows these two by their
 * hashes and nothing else: no network, no images, no other script. dist/web/batch has the same page in files, as servers want it.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'

function hashOf(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** A script must not hold what ends its element, or what begins a comment there. */
function inlineScript(code) {
  return code.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '\\x3c!--')
}

export async function buildPage() {
  const built = await build({
    configFile: false,
    root: resolve('web/schedule'),
    base: './',
    logLevel: 'error',
    mode: 'production',
    build: { write: false, target: 'es2022', modulePreload: false, cssCodeSplit: false, assetsInlineLimit: 0 },
  })
  const files = (Array.isArray(built) ? built : [built]).flatMap(({ output }) => output)
  const html = files.find(({ fileName }) => fileName.endsWith('.html')).source
  const script = inlineScript(files.find(({ type }) => type === 'chunk').code)
  const style = String(files.find(({ fileName }) => fileName.endsWith('.css')).source).trim()
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`
  const page = String(html)
    .replace(/\s*<script type="module"[^>]*><\/script>/, '')
    .replace(/\s*<link rel="stylesheet"[^>]*>/, '')
    .replace(
      '<meta charset="utf-8" />',
      (meta) => `${meta}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`,
    )
    .replace('</head>', () => `  <style>${style}</style>\n  </head>`)
    .replace('</body>', () => `  <script type="module">${script}</script>\n  </body>`)
  mkdirSync('dist/web/batch/assets', { recursive: true })
  writeFileSync('dist/web/schedule.html', page)
  // The same page in files of their own, for the server of a batch: its content is the run that goes on there.
  const live = String(html)
    .replace(/(<script type="application\/json" id="content">)[^<]*/, '$1{"live":true}')
    .replace('<title>', '<link rel="icon" href="data:," />\n    <title>')
  writeFileSync('dist/web/batch/index.html', live)
  // What that page saves a run as.
  writeFileSync('dist/web/batch/saved.html', page)
  for (const file of files)
    if (!file.fileName.endsWith('.html'))
      writeFileSync(join('dist/web/batch', file.fileName), file.type === 'chunk' ? file.code : file.source)
  return page.length
}
