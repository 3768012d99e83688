import { checkSetup, completeSetup, readSetup, testSetupMail } from '@oco/contract'
import type { Origin } from '@oco/security'
import type { Registry } from '../channels/index.ts'
import { Failure } from '../kernel/errors.ts'
import { audit } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'
import { checkEnvironment, type Environment } from './environment-check.ts'
import { firstRequestRoute } from './first-request.ts'
import type { SetupCode } from './setup-code.ts'
import { completeFirstRun, setupState, type SetupDeps } from './setup-service.ts'

export interface SetupRoutesOptions extends SetupDeps, Environment {
  readonly registry: Registry
  readonly setupCode: SetupCode
}

/** Open to whoever has the one-time code, until the first run is done; then for ever shut. */
export const setupRoutes = (options: SetupRoutesOptions): Route[] => {
  const { database } = options

  const enter = async (code: string, by: Origin): Promise<void> => {
    if (!(await setupState(database)).open) throw new Failure('setup_done')
    if (options.setupCode.matches(code)) return
    await database.transaction((tx) => {
      audit(tx, { action: 'setup.refused', by, result: 'failure' })
      return Promise.resolve()
    })
    throw new Failure('setup_code_wrong')
  }

  return [
    route(readSetup, () => setupState(database)),
    route(checkSetup, async ({ body, by }) => {
      await enter(body.code, by)
      return { checks: await checkEnvironment(options) }
    }),
    route(testSetupMail, async ({ body, by }) => {
      await enter(body.code, by)
      const steps = await options.registry.test(body.settings)
      return { ok: steps.every((step) => step.ok), steps: [...steps] }
    }),
    route(completeSetup, async ({ body, by }) => {
      await enter(body.code, by)
      return completeFirstRun(options, by, body)
    }),
    firstRequestRoute(options),
  ]
}
