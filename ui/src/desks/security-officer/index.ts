import type { RouteRecordRaw } from 'vue-router'
import IconShield from '~icons/lucide/shield-check'
import type { Desk } from '../desk.ts'

export const securityOfficerDesk: Desk = {
  id: 'security-officer',
  path: '/security',
  titleKey: 'shell.desk_security_officer',
  icon: IconShield,
  permission: 'audit.read',
  messages: ['audit', 'crypto'],
  component: async () => (await import('./SecurityOfficerDesk.vue')).default,
  children: [
    { path: '', component: async () => (await import('./AuditPage.vue')).default },
    { path: 'crypto', component: async () => (await import('./CryptoPage.vue')).default },
  ] as RouteRecordRaw[],
}
