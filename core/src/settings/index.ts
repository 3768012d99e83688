export { settingsRoutes } from './routes.ts'
export { createSettings, type Settings } from './settings-service.ts'
export { isTimeZone } from './settings.ts'
export { readSettings, reopenWindowDays } from './settings-store.ts'
