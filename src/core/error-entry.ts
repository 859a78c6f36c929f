/** What the table says of an error: one row of it. */
export interface ErrorEntry<Detail> {
  /** The sentence a person reads; states the values it got. */
  readonly message: (detail: Detail) => string
  /** What to do about it; one sentence. */
  readonly fix: string
}
