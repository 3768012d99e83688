/**
 * `npm run story:erase`: people write letters and chats, with files and drafts, half of them before there was a vault; half are erased;
 * then everything that is left of pages, logs, dumps and keys is attacked.
 *
 *   npm run story:erase -- [--subjects 20] [--seed 1]
 */
import assert from 'node:assert/strict'
import { createRandom } from '../../random.ts'
import { DISTRIBUTION_POSTGRES } from '../../postgres.ts'
import { tellEraseStory } from '../erase/erase-story.ts'
import { mustHave, numbersGiven, runStory, tell, type Tidy } from './run-story.ts'

const VALUES_MIN = 200
const given = numbersGiven({ subjects: 20, seed: createRandom().seed })

const eraseStory = async (tidy: Tidy): Promise<string> => {
  await mustHave([DISTRIBUTION_POSTGRES])
  const { subjects, seed } = given
  assert.ok(subjects >= 4 && subjects % 4 === 0, 'halves of halves: a number of subjects that four divides')
  tell(`seed ${seed}: ${subjects} subjects`)
  const { unreadable, readable, others } = await tellEraseStory({ subjects, random: createRandom(seed), tell }, tidy)
  assert.equal(readable, others, 'something of the others is lost')
  if (subjects >= 20) assert.ok(unreadable > VALUES_MIN && others > VALUES_MIN, 'too little was looked at')
  return `erase story ok: ${unreadable} values unreadable, ${readable} of ${others} of others readable`
}

await runStory(eraseStory)
