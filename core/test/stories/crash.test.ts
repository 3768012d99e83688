import assert from 'node:assert/strict'
import { needPrograms } from '../peers/debian-packages.ts'
import { MAIL_PEER_PROGRAMS } from '../peers/mail-peer.ts'
import { createRandom } from '../random.ts'
import { tellCrashStory } from './crash/crash-story.ts'

const LETTERS = 40
const KILLS = { stepKills: 3, randomKills: 1 }

describe('core is killed while letters come in and answers go out', function () {
  before(function () {
    return needPrograms(this, MAIL_PEER_PROGRAMS)
  })

  it('makes one message of every letter, sends every answer, and puts each step on record', async function () {
    this.timeout(600_000)
    const random = createRandom()
    const acts: (() => Promise<unknown>)[] = []
    const told: string[] = [`seed ${random.seed}`]
    try {
      const plan = { letters: LETTERS, replies: LETTERS, ...KILLS, random, tell: (line: string) => void told.push(line) }
      const outcome = await tellCrashStory(plan, { after: (act) => acts.unshift(act) })
      assert.deepEqual(outcome.faults, [])
      const { lost, doubled, sent, kills } = outcome
      assert.deepEqual({ lost, doubled, sent }, { lost: 0, doubled: 0, sent: LETTERS })
      // One more where the start is among the steps: there the product is killed at work, and again as it starts.
      assert.ok(kills >= KILLS.stepKills + KILLS.randomKills, `${kills} kills`)
    } catch (error) {
      console.log(told.join('\n'))
      throw error
    } finally {
      for (const act of acts) await act()
    }
  })
})
