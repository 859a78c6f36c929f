// What the parts of a URL are, and why the name in it is read from its end: names are a tree that hangs from the root, and each
// label is a step down. Whoever runs a node may hand what is below it to somebody else, who answers for it from there on.
import { formatName, labelCount, parentOf, parseName } from 'lanework/services/dns'

const url = new URL('http://news.example.com/2019/05/29/article.html')
console.log('protocol:', url.protocol.replace(':', ''))
console.log('name:    ', url.hostname)
console.log('path:    ', url.pathname)

const name = parseName(url.hostname + '.')
const path = [name]
for (let above = parentOf(name); above !== undefined; above = parentOf(above)) path.push(above)
const levels = ['the root', 'top level', 'second level', 'third level']
for (const node of path.reverse()) {
  const depth = labelCount(node)
  console.log(`${'  '.repeat(depth)}${formatName(node)} (${levels[depth]})`)
}
const labels = url.hostname.split('.').map((label) => `(${label.length})${label}`)
console.log(`as it travels: ${labels.join('')}(0)`, name.length, 'bytes')
