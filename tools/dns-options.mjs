// The configuration reference of docs/dns-server.md: every option of the DNS service, from the interfaces and their comments.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = 'src/services/dns'
const begin = '<!-- The options, from their interfaces: `npm run docs` writes them. -->\n'
const end = '<!-- End of the options. -->\n'

/** Each interface of the options: its file, its heading, where it stands in a configuration. */
const tables = [
  ['service/options.ts', 'DnsOptions', 'The service', ''],
  ['service/options.ts', 'ZoneFile', 'A zone', '[[zones]]'],
  ['service/options.ts', 'ViewOptions', 'A view', '[[views]]'],
  ['service/rate-limit-options.ts', 'RateLimitOptions', 'The rate limit', '[rateLimit]'],
  ['service/query-log-options.ts', 'QueryLogOptions', 'The query log', '[queryLog]'],
  ['service/options.ts', 'ChaosOptions', 'Names of class CHAOS', '[chaos]'],
  ['service/script-options.ts', 'ScriptModule', 'A script', '[[scripts]]'],
  ['forward/options.ts', 'ForwardOptions', 'Forwarding', '[forward]'],
  ['transfer/options.ts', 'TransferOptions', 'Transfers', '[transfer]'],
  ['transfer/options.ts', 'ZoneTransferOptions', 'Transfers of a zone', '[[transfer.zones]]'],
  ['transfer/options.ts', 'ServerOptions', 'Another server', 'an element of `notify` or `primaries`'],
  ['transfer/keys.ts', 'TsigKeyOptions', 'A key', '[[transfer.keys]]'],
]

/** The page with its reference written anew; the text around it is written by hand. */
export function dnsOptionsPage(page, root, markdownTable) {
  const sections = tables.map(([file, name, title, place]) => {
    const rows = optionsOf(readFileSync(join(root, folder, file), 'utf8'), name)
    const where = place === '' ? '' : place.startsWith('[') ? `, \`${place}\`` : `, ${place}`
    const cells = rows.map(({ option, type, text, usual }) =>
      [`\`${option}\``, `\`${type}\``, text, usual].map(escaped),
    )
    return `### ${title}${where}\n\n${markdownTable(['option', 'type', 'what it does', 'default'], cells)}`
  })
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error('docs/dns-server.md has lost the marks around its options')
  return `${before}${begin}\n${sections.join('\n')}\n${end}${after}`
}

function escaped(cell) {
  return cell.replaceAll('|', '\\|')
}

/** The fields of an interface, and those of what it extends in the same file. */
function optionsOf(source, name) {
  const found = new RegExp(`interface ${name}(?: extends (\\w+))? \\{\\n([\\s\\S]*?)\\n\\}`).exec(source)
  if (found === null) throw new Error(`there is no interface ${name}`)
  const own = [...found[2].matchAll(/ {2}\/\*\*([\s\S]*?)\*\/\n {2}readonly (\w+)(\??): ([^\n]+)/g)].map(
    ([, comment, option, optional, type]) => {
      const [text, usual] = comment
        .replaceAll(/\n\s*\*/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim()
        .split(' @default ')
      return {
        option,
        type: type.replaceAll('readonly ', ''),
        text,
        usual: usual ?? (optional === '' ? 'must be given' : ''),
      }
    },
  )
  const fields = found[2].match(/^ {2}readonly /gm) ?? []
  if (own.length !== fields.length) throw new Error(`an option of ${name} has no comment`)
  return [...(found[1] === undefined ? [] : optionsOf(source, found[1])), ...own]
}
