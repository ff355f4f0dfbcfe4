import type { User } from '../api/types'
import { has, isCity, isClerk, isCounty, isProvince } from './roles'

/** Who reads what others did about supervision orders. */
export const hasInbox = (u: User): boolean => isClerk(u) || has(u, 'ROLE_REVIEWER') || has(u, 'ROLE_READER')

/** The views of the workbench, and who has each. Names are those of the catalogue. */
export const views = [
  { name: 'entries', path: '/entries', for: (): boolean => true },
  { name: 'own', path: '/own', for: isProvince },
  { name: 'worklist', path: '/worklist', for: isClerk },
  { name: 'transfers', path: '/transfers', for: (u: User): boolean => !isCity(u) },
  { name: 'import', path: '/imports', for: isProvince },
  { name: 'unmatched', path: '/unmatched', for: (u: User): boolean => isProvince(u) && has(u, 'ROLE_CLERK') },
  { name: 'progress', path: '/progress', for: (): boolean => true },
  { name: 'month', path: '/months', for: (u: User): boolean => !isCounty(u) },
  { name: 'reviews', path: '/reviews', for: (u: User): boolean => !isCounty(u) && has(u, 'ROLE_REVIEWER') },
  { name: 'orders', path: '/orders', for: (): boolean => true },
  { name: 'inbox', path: '/inbox', for: hasInbox },
  { name: 'signals', path: '/signals', for: (u: User): boolean => !isCounty(u) },
  { name: 'users', path: '/users', for: (u: User): boolean => has(u, 'ROLE_ADMINISTRATOR') },
  { name: 'audit', path: '/audit', for: (u: User): boolean => isProvince(u) && has(u, 'ROLE_ADMINISTRATOR') },
  { name: 'regions', path: '/regions', for: isProvince },
  { name: 'webhooks', path: '/webhooks', for: (u: User): boolean => isProvince(u) && has(u, 'ROLE_ADMINISTRATOR') },
] as const

export type ViewName = (typeof views)[number]['name']

export const viewsOf = (u: User): (typeof views)[number][] => views.filter((v) => v.for(u))
