const hour = 3_600_000

/**
 * The date in China now, as 2019-07-31. China is eight hours ahead all year since 1991; asking
 * the browser for its zones costs a sixth of the time that a list may take.
 */
export const today = (): string => new Date(Date.now() + 8 * hour).toISOString().slice(0, 10)
