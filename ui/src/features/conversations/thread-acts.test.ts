import assert from 'node:assert/strict'
import type { WorkItemState, WorkItemView } from '@oco/contract'
import { possibleActs, replyBlock } from './thread-acts.ts'

const item = (state: WorkItemState, assignee: string | null): WorkItemView =>
  ({ state, assignee: assignee === null ? null : { id: assignee, displayName: assignee } }) as WorkItemView
const agent = { personId: 'me', mayAssign: false }
const supervisor = { personId: 'me', mayAssign: true }
const shown = (one: WorkItemView | null, eyes = agent): string[] =>
  possibleActs(one, eyes).map(({ id, main }) => (main ? `*${id}` : id))

describe('what can be done with a conversation', () => {
  it('goes by the state of its item and by whose it is', () => {
    assert.deepEqual(shown(item('waiting', null)), ['transfer', '*take'])
    assert.deepEqual(shown(item('assigned', 'me')), ['release', 'transfer', 'pend', '*resolve'])
    assert.deepEqual(shown(item('pending', 'me')), ['release', 'transfer', 'resolve', '*resume'])
    assert.deepEqual(shown(item('resolved', 'me')), [])
    assert.deepEqual(shown(null), [])
  })

  it('leaves what is in other hands to supervisors', () => {
    assert.deepEqual(shown(item('assigned', 'other')), [])
    assert.deepEqual(shown(item('assigned', 'other'), supervisor), ['transfer'])
  })
})

describe('whether a reply can be sent', () => {
  it('says why not, and is silent where it can', () => {
    assert.equal(replyBlock(item('assigned', 'me'), true, agent), null)
    assert.equal(replyBlock(item('waiting', null), true, agent), 'take_first')
    assert.equal(replyBlock(item('assigned', 'other'), true, agent), 'other_hands')
    assert.equal(replyBlock(item('assigned', 'other'), true, supervisor), null)
    assert.equal(replyBlock(item('resolved', 'other'), true, agent), null)
    assert.equal(replyBlock(item('assigned', 'me'), false, agent), 'no_address')
    assert.equal(replyBlock(null, true, agent), null)
  })
})
