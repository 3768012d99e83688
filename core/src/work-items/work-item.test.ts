import assert from 'node:assert/strict'
import { WORK_ITEM_STATES } from '@oco/contract'
import { isFailure } from '../kernel/errors.ts'
import { EFFECT, NEXT, nextState, originsOf, targetOf, WEIGHTS, weightOf, WORK_ITEM_EVENTS } from './work-item.ts'

/** The table once more, as a person would say it: the code's own table must say the same, cell by cell. */
const LIFE = `
            offer    accept    decline  expire   withdraw  take      assign    release  lose     transfer  pend     resume    wake      return   resolve
  waiting   offered  -         -        -        -         assigned  assigned  -        -        waiting   -        -         -         -        -
  offered   -        assigned  waiting  waiting  waiting   -         assigned  -        -        waiting   -        -         -         -        -
  assigned  -        -         -        -        -         -         assigned  waiting  waiting  waiting   pending  -         -         -        resolved
  pending   -        -         -        -        -         -         assigned  waiting  -        waiting   pending  assigned  assigned  waiting  resolved
  resolved  -        -         -        -        -         -         -         -        -        -         -        -         -         -        -`

const words = (line: string): string[] => line.trim().split(/\s+/)
const [head, ...rows] = LIFE.trim().split('\n').map(words)

describe('the life of a work item', () => {
  it('knows every state and every event', () => {
    assert.deepEqual(head, [...WORK_ITEM_EVENTS])
    assert.deepEqual(
      rows.map((row) => row[0]),
      [...WORK_ITEM_STATES],
    )
  })

  for (const state of WORK_ITEM_STATES)
    for (const event of WORK_ITEM_EVENTS) {
      const expected = rows.find((row) => row[0] === state)?.[WORK_ITEM_EVENTS.indexOf(event) + 1]
      it(`${state} + ${event}: ${expected ?? ''}`, () => {
        if (expected === '-')
          assert.throws(
            () => nextState(state, event),
            (error) => isFailure(error, 'illegal_transition'),
          )
        else assert.equal(nextState(state, event), expected)
      })
    }

  it('leads every event to one state, from wherever it starts', () => {
    for (const event of WORK_ITEM_EVENTS) {
      const origins = originsOf(event)
      assert.ok(origins.length > 0, event)
      for (const origin of origins) assert.equal(NEXT[origin][event], targetOf(event), `${origin} ${event}`)
    }
  })

  it('puts weight on whoever gets an item, and takes it off whoever loses it', () => {
    const carried = new Set(['offered', 'assigned'])
    for (const [event, effect] of Object.entries(EFFECT)) {
      const origins = originsOf(event as keyof typeof EFFECT)
      const target = targetOf(event as keyof typeof EFFECT)
      const keeps = event === 'accept'
      assert.equal(effect.frees === true, origins.some((origin) => carried.has(origin)) && !keeps, `${event} frees`)
      assert.equal(effect.loads !== undefined, target === 'assigned' && !keeps, `${event} loads`)
      assert.equal(effect.begins === true, target === 'assigned', `${event} begins`)
      assert.equal(effect.offer !== undefined, origins.includes('offered'), `${event} ends an offer`)
      assert.equal(effect.handling !== undefined, origins.includes('assigned'), `${event} ends handling`)
    }
  })

  it('weighs a call as a whole person, a chat as a third, a letter as a tenth', () => {
    assert.deepEqual(WEIGHTS, { call: 100, chat: 30, mail: 10, intake: 10 })
    assert.deepEqual([weightOf('webchat'), weightOf('email'), weightOf('intake')], [30, 10, 10])
  })
})
