import assert from 'node:assert/strict'
import { planChange, type PersonState } from './person.ts'

const AGENT: PersonState = {
  displayName: 'Анна',
  role: 'agent',
  locale: 'ru',
  queueIds: ['a', 'b'],
  skillIds: ['s'],
  capacityLimit: 100,
  blocked: false,
}
const ADMINISTRATOR: PersonState = { ...AGENT, role: 'administrator', queueIds: [], skillIds: [] }

describe('a change of a person', () => {
  it('changes nothing where it says what is so already, in whatever order', () => {
    const plan = planChange(AGENT, { displayName: 'Анна', queueIds: ['b', 'a', 'b'], skillIds: undefined, blocked: false })
    assert.deepEqual(plan.changed, [])
    assert.equal(plan.endsSessions, null)
    assert.equal(plan.leavesDesk, false)
  })

  it('names what changes', () => {
    assert.deepEqual(planChange(AGENT, { queueIds: ['a'], capacityLimit: 50 }).changed, ['queueIds', 'capacityLimit'])
  })

  it('ends the sessions of whoever is blocked or gets another role, and of nobody who is let in again', () => {
    assert.equal(planChange(AGENT, { blocked: true }).endsSessions, 'blocked')
    assert.equal(planChange(AGENT, { role: 'supervisor' }).endsSessions, 'role_changed')
    assert.equal(planChange({ ...AGENT, blocked: true }, { blocked: false }).endsSessions, null)
  })

  it('takes whoever leaves the desk out of queues and skills, but keeps those of a blocked one for the return', () => {
    const left = planChange(AGENT, { role: 'security_officer' })
    assert.deepEqual([left.next.queueIds, left.next.skillIds, left.leavesDesk], [[], [], true])
    const blocked = planChange(AGENT, { blocked: true })
    assert.deepEqual([blocked.next.queueIds, blocked.leavesDesk], [['a', 'b'], true])
    assert.equal(planChange(AGENT, { role: 'supervisor' }).leavesDesk, false)
  })

  it('sees when an administrator is lost', () => {
    assert.equal(planChange(ADMINISTRATOR, { blocked: true }).losesAdministrator, true)
    assert.equal(planChange(ADMINISTRATOR, { role: 'agent' }).losesAdministrator, true)
    assert.equal(planChange(ADMINISTRATOR, { displayName: 'Другое имя' }).losesAdministrator, false)
    assert.equal(planChange({ ...ADMINISTRATOR, blocked: true }, { role: 'agent' }).losesAdministrator, false)
  })
})
