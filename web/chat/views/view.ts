/** A part of the page: its element, and how it follows the model. */
export interface View {
  readonly node: HTMLElement
  /** Called after each change; cheap where nothing of it has changed. */
  render(): void
}
