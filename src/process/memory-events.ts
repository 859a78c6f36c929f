/** How often the kernel's OOM killer struck in this process's memory group. */
export function oomKills(): number | undefined {
  return undefined
}
