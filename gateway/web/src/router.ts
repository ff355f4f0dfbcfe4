import { createRouter, createWebHistory } from 'vue-router'
import { user } from './api/client'
import { views, viewsOf, type ViewName } from './shell/navigation'

// Each view is loaded when it is first opened: a county never loads a province's.
const loaders: Record<ViewName, () => Promise<unknown>> = {
  entries: () => import('./entries/EntriesView.vue'),
  own: () => import('./entries/EntriesView.vue'),
  worklist: () => import('./worklist/WorklistView.vue'),
  transfers: () => import('./province/TransfersView.vue'),
  import: () => import('./province/ImportsView.vue'),
  unmatched: () => import('./province/UnmatchedView.vue'),
  progress: () => import('./figures/ProgressView.vue'),
  month: () => import('./figures/MonthView.vue'),
  reviews: () => import('./reviews/ReviewsView.vue'),
  orders: () => import('./orders/OrdersView.vue'),
  inbox: () => import('./orders/InboxView.vue'),
  signals: () => import('./reviews/SignalsView.vue'),
  users: () => import('./admin/UsersView.vue'),
  audit: () => import('./admin/AuditView.vue'),
  regions: () => import('./admin/RegionsView.vue'),
  webhooks: () => import('./admin/WebhooksView.vue'),
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/entries' },
    ...views.map(({ name, path }) => ({
      name,
      path,
      component: loaders[name] as () => Promise<never>,
      ...(name === 'own' ? { props: { fixedRegion: 'none' } } : {}),
    })),
    { name: 'security', path: '/security', component: () => import('./shell/SecurityView.vue') },
    { path: '/:missing(.*)*', redirect: '/entries' },
  ],
})

// An address that the user has no view for leads to the one that everybody has; the server
// would refuse its questions anyway.
router.beforeEach((to) => {
  if (!user.value || to.name === 'security' || to.name === 'entries') return true
  return viewsOf(user.value).some((v) => v.name === to.name) || { name: 'entries' }
})
