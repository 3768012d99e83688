import vue from 'eslint-plugin-vue'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

const TESTS = ['**/*.test.ts', 'core/test/**', 'ui/e2e/**']
const BENCHES = ['core/bench/**', 'security/bench/**']
const TOOLS = ['core/tools/**']
/** Sources of the page: they live in a browser, which has its own clock and no `process`. */
const PAGE = ['ui/src/**', 'ui/widget/**']

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 70

const CLOCK = 'The product asks kernel/clock.ts what time it is; pure code takes `now`.'
const noOwnClock = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
  { selector: "CallExpression[callee.name='Date']", message: CLOCK },
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: CLOCK },
]
const noOwnDice = [
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Randomness is handed in, so that a failing run can be repeated; secrets come from node:crypto.',
  },
]
const PROCESS = 'Only main.ts touches the process: take what you need as a value from config.'

/** Rules of the core language that types do not cover. */
const language = {
  eqeqeq: ['error', 'always'],
  'no-console': 'error',
  'no-constant-binary-expression': 'error',
  'no-control-regex': 'error',
  'no-debugger': 'error',
  'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
  'no-else-return': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-loss-of-precision': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unsafe-finally': 'error',
  'no-unsafe-optional-chaining': 'error',
  'no-useless-rename': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  'require-yield': 'error',
}

const size = {
  'max-lines': ['error', { max: FILE_LINES_MAX }],
  'max-lines-per-function': ['error', { max: FUNCTION_LINES_MAX, skipBlankLines: true, skipComments: true, IIFEs: true }],
}

const types = {
  // Numbers read the same in every template; objects and nulls do not, and stay forbidden.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  // `() => stop()` as a handler is plain to read; a value that is really used is still found.
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
  // An async function without await turns a throw into a rejection: that is what a port promises.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
}

export default tseslint.config(
  {
    ignores: ['**/node_modules/', '**/dist/', 'data/', '.cache/', 'coverage/', '**/fixtures/', 'core/src/platform/tables.ts'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.vue'] },
    },
    rules: {
      ...language,
      ...size,
      ...types,
      'no-restricted-syntax': ['error', ...noOwnClock, ...noOwnDice],
      'no-restricted-globals': ['error', { name: 'process', message: PROCESS }],
      'no-restricted-imports': ['error', { name: 'node:process', message: PROCESS }, { name: 'process', message: PROCESS }],
    },
  },
  {
    files: ['**/*.vue'],
    extends: [vue.configs['flat/recommended']],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      // Layout is Prettier's.
      'vue/html-indent': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
    },
  },
  {
    files: PAGE,
    languageOptions: { globals: globals.browser },
  },
  { files: ['core/src/kernel/clock.ts'], rules: { 'no-restricted-syntax': ['error', ...noOwnDice] } },
  {
    files: ['core/src/main.ts', ...TOOLS, ...TESTS, ...BENCHES],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-imports': 'off' },
  },
  {
    files: [...TOOLS, ...TESTS, ...BENCHES],
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    // A suite is one call of `describe`; a story in a test is told from top to bottom.
    files: [...TESTS, ...BENCHES],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', 'ui/vite*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: globals.node },
    rules: { ...language, 'no-restricted-globals': 'off' },
  },
)
