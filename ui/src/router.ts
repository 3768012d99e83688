import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { DESKS } from './desks/index.ts'
import { loadMessages } from './i18n/index.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without a session (the first-run wizard). */
    open?: boolean
    desk?: string
    messages?: readonly string[]
  }
}

const deskRoutes: RouteRecordRaw[] = DESKS.map((desk) => ({
  path: desk.path,
  component: desk.component,
  meta: { desk: desk.id, messages: desk.messages },
  children: [...(desk.children ?? [])],
}))

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: () => import('./shell/Home.vue') },
    ...deskRoutes,
    {
      path: '/setup',
      component: async () => (await import('./setup/SetupPage.vue')).default,
      meta: { open: true, messages: ['setup', 'form', 'channels', 'people', 'settings'] },
    },
    { path: '/:rest(.*)*', component: () => import('./shell/NotFound.vue') },
  ],
})

router.beforeEach(async (to) => {
  await loadMessages(to.matched.flatMap((record) => record.meta.messages ?? []))
})
