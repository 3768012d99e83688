import type { RouteRecordRaw } from 'vue-router'
import IconSliders from '~icons/lucide/sliders-horizontal'
import type { Desk } from '../desk.ts'
import { ADMINISTRATOR_PAGES, type AdministratorPage } from './pages.ts'

const COMPONENTS: Record<AdministratorPage, RouteRecordRaw['component']> = {
  overview: async () => (await import('./OverviewPage.vue')).default,
  channels: async () => (await import('./ChannelsPage.vue')).default,
  queues: async () => (await import('./QueuesPage.vue')).default,
  lists: async () => (await import('./ListsPage.vue')).default,
  people: async () => (await import('./PeoplePage.vue')).default,
  tokens: async () => (await import('./TokensPage.vue')).default,
  organisation: async () => (await import('./OrganisationPage.vue')).default,
}

export const administratorDesk: Desk = {
  id: 'administrator',
  path: '/administration',
  titleKey: 'shell.desk_administrator',
  icon: IconSliders,
  permission: 'people.manage',
  messages: ['administration', 'form', 'people', 'queues', 'channels', 'settings', 'tokens'],
  component: async () => (await import('./AdministratorDesk.vue')).default,
  children: [
    { path: '', redirect: '/administration/overview' },
    ...ADMINISTRATOR_PAGES.map((page) => ({ path: page, component: COMPONENTS[page] })),
  ] as RouteRecordRaw[],
}
