/**
 * `npm run story:crash`: letters come in by IMAP and by LMTP, agents answer them, and core is killed by -9 in each named step and at
 * random moments, and started again each time. In the end every letter is one message and every answer has gone out.
 *
 *   npm run story:crash -- [--letters 500] [--replies 500] [--random 4] [--seed 1]
 */
import assert from 'node:assert/strict'
import { MAIL_PEER_PROGRAMS } from '../../peers/mail-peer.ts'
import { createRandom } from '../../random.ts'
import { tellCrashStory } from '../crash/crash-story.ts'
import { STEPS } from '../crash/steps.ts'
import { mustHave, numbersGiven, runStory, tell, type Tidy } from './run-story.ts'

const KILLS_MIN = 10
const given = numbersGiven({ letters: 500, replies: 500, random: 4, seed: createRandom().seed })

const crashStory = async (tidy: Tidy): Promise<string> => {
  await mustHave(MAIL_PEER_PROGRAMS)
  const { letters, replies } = given
  assert.ok(letters > 0, 'there is no story without a letter')
  tell(`seed ${given.seed}: ${letters} letters, ${replies} answers, ${STEPS.length} named steps, ${given.random} random moments`)
  const plan = { letters, replies, stepKills: STEPS.length, randomKills: given.random, random: createRandom(given.seed), tell }
  const outcome = await tellCrashStory(plan, tidy)
  const { lost, doubled, sent, kills } = outcome
  tell(`the invariants of the queue held at each of ${outcome.looks} looks`)
  assert.deepEqual(outcome.faults, [], `seed ${given.seed}`)
  assert.ok(kills >= KILLS_MIN, `${kills} kills are fewer than ${KILLS_MIN}`)
  const arrived = letters - lost
  return `crash story ok: ${arrived} of ${letters} letters, ${lost} lost, ${doubled} doubled, ${sent} of ${replies} replies sent, ${kills} kills`
}

await runStory(crashStory)
