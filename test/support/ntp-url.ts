/** The NTP service in lanes, by the URL of its module, as `lanework serve ntp` has it. */
import { makerUrl } from '#lanework/server/index.js'
import type { NtpOptions } from '#lanework/services/time/index.js'

export function ntpUrl(options: NtpOptions): URL {
  return makerUrl(new URL('#ntp', import.meta.resolve('#lanework/services/time/index.js')), options)
}
