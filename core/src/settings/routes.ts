import { changeSettings, readSettings } from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import type { Settings } from './settings-service.ts'

export const settingsRoutes = (settings: Settings): Route[] => [
  route(readSettings, () => settings.read()),
  route(changeSettings, (call) => settings.change(call.by, call.body)),
]
