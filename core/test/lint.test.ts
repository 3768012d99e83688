import assert from 'node:assert/strict'
import { ESLint } from 'eslint'

/** rule -> a line that it must find in a file of the product. */
const FORBIDDEN: Record<string, string> = {
  'no-restricted-syntax': 'export const at = new Date()',
  'no-restricted-globals': 'export const home = process.cwd()',
  'no-restricted-imports': `export { env } from 'node:process'`,
  'no-console': `console.log('seen')`,
  '@typescript-eslint/no-explicit-any': 'export const take = (value: any): string => String(value)',
  '@typescript-eslint/no-floating-promises': 'Promise.resolve()',
  '@typescript-eslint/no-unsafe-return': `export const read = (text: string): string => JSON.parse(text)`,
  'house/function-lines': `export const long = () => {\n${'  Math.abs(1)\n'.repeat(70)}}`,
  'max-lines': 'export {}\n'.repeat(401),
}

const SHORT_INSIDE = `export const factory = () => ({\n${'  a: () => {\n    Math.abs(1)\n  },\n'.repeat(40)}})`

describe('the lint', () => {
  const eslint = new ESLint()
  const rulesOf = async (text: string, filePath: string): Promise<readonly (string | null)[]> => {
    const [result] = await eslint.lintText(text, { filePath })
    return result?.messages.filter(({ severity }) => severity === 2).map(({ ruleId }) => ruleId) ?? []
  }

  for (const [rule, text] of Object.entries(FORBIDDEN)) {
    it(`stops by ${rule} what the house forbids`, async () => {
      assert.ok((await rulesOf(`${text}\n`, 'core/src/kernel/assert.ts')).includes(rule))
    })
  }

  it('lets the clock ask what time it is, and a test print', async () => {
    assert.deepEqual(await rulesOf('export const at = new Date()\n', 'core/src/kernel/clock.ts'), [])
    assert.deepEqual(await rulesOf(`console.log('seen')\n`, 'core/test/lint.test.ts'), [])
  })

  it('counts functions inside a function for themselves', async () => {
    assert.ok(!(await rulesOf(`${SHORT_INSIDE}\n`, 'core/src/kernel/assert.ts')).includes('house/function-lines'))
  })
})
