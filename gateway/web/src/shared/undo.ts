/** How what was just done is taken back, or mended. */
export interface Undo {
  text: string
  run: () => Promise<void>
  /** What is said when it is taken back; nothing when the user goes on with it. */
  done?: string
}
