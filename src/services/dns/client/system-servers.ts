/** The servers that this machine uses: the `nameserver` lines of /etc/resolv.conf (resolv.conf(5)). */
import { readFileSync } from 'node:fs'

/** Without such a file, or a line in it, the machine's own. */
export function systemServers(file = '/etc/resolv.conf'): string[] {
  const servers = nameserversOf(textOf(file))
  return servers.length > 0 ? servers : ['127.0.0.1']
}

export function nameserversOf(text: string): string[] {
  return [...text.matchAll(/^[ \t]*nameserver[ \t]+([^\s#;]+)/gm)].map(([, server = '']) => server)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
