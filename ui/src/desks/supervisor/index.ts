import IconBoard from '~icons/lucide/layout-dashboard'
import type { Desk } from '../desk.ts'

export const supervisorDesk: Desk = {
  id: 'supervisor',
  path: '/board',
  titleKey: 'shell.desk_supervisor',
  icon: IconBoard,
  permission: 'board.read',
  messages: ['board', 'agent'],
  component: async () => (await import('./BoardPage.vue')).default,
}
