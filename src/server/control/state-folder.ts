/** Where programs of this user keep what outlives them: `$XDG_STATE_HOME/lanework`, else `~/.local/state/lanework`. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function usualStateFolder(): string {
  const { XDG_STATE_HOME = '' } = process.env
  const base = XDG_STATE_HOME === '' ? join(homedir(), '.local', 'state') : XDG_STATE_HOME
  return join(base, 'lanework')
}
