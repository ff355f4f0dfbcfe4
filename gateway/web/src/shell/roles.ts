import type { Role, User } from '../api/types'

export const isProvince = (u: User): boolean => u.level === 'LEVEL_PROVINCE'
export const isCity = (u: User): boolean => u.level === 'LEVEL_CITY'
export const isCounty = (u: User): boolean => u.level === 'LEVEL_COUNTY'
export const has = (u: User, role: Role): boolean => u.roles.includes(role)

/** Whether the user records findings at all: a city never does. */
export const isClerk = (u: User): boolean => has(u, 'ROLE_CLERK') && !isCity(u)

/** Who is shown children and lists of them; operating and administering alone don't. */
export const readsLists = (u: User): boolean => (['ROLE_CLERK', 'ROLE_REVIEWER', 'ROLE_READER'] as const).some((role) => has(u, role))
