import assert from 'node:assert/strict'
import { completeFirstRun, startTestApp, type TestApp } from '../app.ts'
import { goThroughFirstRun, PASSWORD } from '../first-run.ts'
import { ProblemError } from '../http-client.ts'
import { emailSettings } from '../peers/email-account.ts'

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no problem',
    (error: unknown) => {
      if (!(error instanceof ProblemError)) throw error
      return error.problem.code
    },
  )

describe('the first-run wizard', () => {
  let test: TestApp
  beforeEach(async () => {
    test = await startTestApp()
  })
  afterEach(() => test.stop())

  const code = (): string => test.started.setupCode ?? ''
  const refused = async (): Promise<number> => {
    const { length } = await test.db.database.read
      .selectFrom('audit_event')
      .select('action')
      .where('action', '=', 'setup.refused')
      .execute()
    return length
  }

  it('opens with the code of the start line alone, and puts wrong ones on record', async () => {
    const visitor = test.client()
    assert.deepEqual(await visitor.call('readSetup'), { open: true, organisation: '' })
    assert.equal(await codeOf(visitor.call('checkSetup', { body: { code: 'AAAA-AAAA-AAAA' } })), 'setup_code_wrong')
    const settings = emailSettings({})
    assert.equal(await codeOf(visitor.call('testSetupMail', { body: { code: 'x', settings } })), 'setup_code_wrong')
    assert.equal(await codeOf(goThroughFirstRun({ address: test.started.address, code: 'x' })), 'setup_code_wrong')
    assert.equal(await refused(), 3)
    const { checks } = await visitor.call('checkSetup', { body: { code: code().toLowerCase().replaceAll('-', ' ') } })
    assert.ok(checks.length >= 5)
    assert.deepEqual(
      checks.filter(({ level }) => level === 'failed'),
      [],
    )
  })

  it('stays shut after too many wrong codes, even to the right one', async () => {
    const visitor = test.client()
    for (let tries = 0; tries < 20; tries++) await codeOf(visitor.call('checkSetup', { body: { code: `WRONG-${tries}` } }))
    assert.equal(await codeOf(visitor.call('checkSetup', { body: { code: code() } })), 'setup_code_wrong')
  })

  it('is done once: of two at the same time one wins, and nobody can do it again', async () => {
    const at = { address: test.started.address, code: code() }
    const outcomes = await Promise.all([codeOf(goThroughFirstRun(at)), codeOf(goThroughFirstRun(at))])
    assert.deepEqual(outcomes.sort(), ['no problem', 'setup_done'])
    assert.equal(await codeOf(goThroughFirstRun(at)), 'setup_done')
    assert.equal(await codeOf(test.client().call('checkSetup', { body: { code: code() } })), 'setup_done')
    const settings = emailSettings({})
    assert.equal(await codeOf(test.client().call('testSetupMail', { body: { code: code(), settings } })), 'setup_done')
    assert.deepEqual(await test.client().call('readSetup'), { open: false, organisation: 'Проверка' })
    const { length } = await test.db.database.read.selectFrom('person').select('id').execute()
    assert.equal(length, 2)
  })

  it('takes no weak password, no second person of one name, no unknown time zone', async () => {
    const organisation = { name: 'Проверка', locale: 'ru' as const, timeZone: 'Europe/Moscow' }
    const person = (login: string, password = PASSWORD) => ({ login, displayName: login, password })
    const attempt = (change: object) =>
      codeOf(
        test.client().call('completeSetup', {
          body: {
            ...{ code: code(), organisation, queue: { name: 'Общая' }, mail: null, webchat: null },
            ...{ administrator: person('admin'), agent: person('agent') },
            ...change,
          },
        }),
      )
    assert.equal(await attempt({ agent: person('agent', 'short') }), 'weak_password')
    assert.equal(await attempt({ administrator: person('verylongadmin', 'verylongadmin') }), 'weak_password')
    assert.equal(await attempt({ agent: person('ADMIN') }), 'login_taken')
    assert.equal(await attempt({ organisation: { ...organisation, timeZone: 'Moon/Crater' } }), 'invalid_input')
    assert.equal(await attempt({}), 'no problem')
  })

  it('sends a first request the whole way, and tells how far it has come', async () => {
    const { admin, agent } = await completeFirstRun(test)
    const first = await admin.call('startFirstRequest')
    await agent.call('changeOwnAgentState', { body: { state: 'ready' } })
    const step = async (name: string): Promise<boolean> => {
      const { steps } = await admin.call('startFirstRequest')
      return steps.find((one) => one.name === name)?.done ?? false
    }
    while (!(await step('offered'))) await new Promise((resolve) => setTimeout(resolve, 20))
    const [row] = (await agent.call('readDesk')).offers
    const { workItem } = row ?? {}
    await agent.call('acceptOffer', { params: { id: workItem?.id ?? '' }, body: { offerId: workItem?.offer?.id ?? '' } })
    assert.equal(await step('assigned'), true)
    assert.equal(await step('answered'), false)
    await agent.call('resolveWorkItem', { params: { id: workItem?.id ?? '' }, body: { dispositionId: null } })
    assert.equal(await step('answered'), true)
    assert.equal(first.steps.length <= 5, true)
  })
})
