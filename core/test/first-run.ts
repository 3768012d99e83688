import type { EndpointName, Endpoints, ResponseOf, SentTo } from '@oco/contract'
import { HttpClient } from './http-client.ts'

export const PASSWORD = 'корректная-лошадь-7'

type Body<N extends EndpointName> = SentTo<Endpoints[N]>['body']
type Wizard = Body<'completeSetup'>

export type FirstRunMade = ResponseOf<Endpoints['completeSetup']>

/** Goes through the first-run wizard as its page does, with `admin` and `agent`, whose password is `PASSWORD`. */
export const goThroughFirstRun = (
  { address, code }: { address: string; code: string },
  change: Partial<Pick<Wizard, 'mail' | 'webchat'>> = {},
): Promise<FirstRunMade> =>
  new HttpClient(address).call('completeSetup', {
    body: {
      code,
      organisation: { name: 'Проверка', locale: 'ru', timeZone: 'Europe/Moscow' },
      administrator: { login: 'admin', displayName: 'Администратор', password: PASSWORD },
      agent: { login: 'agent', displayName: 'Агент Первый', password: PASSWORD },
      queue: { name: 'Общая' },
      mail: null,
      webchat: null,
      ...change,
    },
  })
