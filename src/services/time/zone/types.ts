/** What a time zone is to everything that formats a time: a table from an instant to the rules in force there. */

/** A stretch of time during which a zone's clocks are set the same way. */
export interface ZonePeriod {
  /** Seconds since 1970 UTC at which it begins; -Infinity without a beginning. */
  readonly from: number
  /** Seconds since 1970 UTC at which the next one begins; Infinity without an end. */
  readonly until: number
  /** Seconds to add to UTC; positive east of Greenwich. */
  readonly offset: number
  /** What people there call it: `CET`, `EDT`, `+0545`. ASCII. */
  readonly abbreviation: string
  /** Clocks are set differently from the standard of the place (Dublin's winter is such a time). */
  readonly isDst: boolean
}

/** A time zone; make one with `zoneOf`. */
export interface Zone {
  /** As it was asked for: `Europe/Berlin`, `+05:30`. */
  readonly name: string
  /** Where the rules come from: `tzif` the time zone database, `posix` a rule, `fixed` an offset, `intl` Node's own data. */
  readonly kind: 'tzif' | 'posix' | 'fixed' | 'intl'
  /** The period that holds the instant `seconds` (since 1970 UTC). */
  at(seconds: number): ZonePeriod
}
