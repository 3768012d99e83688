import vue from 'eslint-plugin-vue'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

const TESTS = ['**/*.test.ts', 'core/test/**', 'security/gost/test/**', 'security/test/**', 'ui/e2e/**']
const BENCHES = ['core/bench/**', 'security/bench/**']
const TOOLS = ['core/tools/**', 'security/tools/**']
/** Sources of the page: they live in a browser, which has its own clock and no `process`. */
const PAGE = ['ui/src/**', 'ui/widget/**']

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 70

/**
 * Lines of code of a function, without those of the functions inside it: these are counted for themselves. So a factory that returns
 * an object of short functions is judged as the class that it stands for.
 */
const functionLines = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'integer' }],
    messages: { long: '{{own}} lines of its own; at most {{max}} are allowed.' },
  },
  create(context) {
    const [max] = context.options
    const withCode = new Set()
    for (const { loc } of context.sourceCode.ast.tokens) {
      for (let line = loc.start.line; line <= loc.end.line; line++) withCode.add(line)
    }
    const open = []
    const enter = () => open.push(new Set())
    const leave = (node) => {
      const inner = open.pop()
      const { start, end } = node.loc
      let own = 0
      for (let line = start.line; line <= end.line; line++) if (withCode.has(line) && !inner.has(line)) own++
      if (own > max) context.report({ node, messageId: 'long', data: { own, max } })
      const outer = open.at(-1)
      for (let line = start.line + 1; line <= end.line; line++) outer?.add(line)
    }
    const kinds = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']
    return Object.fromEntries(
      kinds.flatMap((kind) => [
        [kind, enter],
        [`${kind}:exit`, leave],
      ]),
    )
  },
}

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
  eqeqeq: ['error', 'always', { null: 'ignore' }],
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
  'house/function-lines': ['error', FUNCTION_LINES_MAX],
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
  // There are no enums: the compiler refuses them.
  '@typescript-eslint/no-unsafe-enum-assignment': 'off',
  // Our objects are closures: their methods need no `this` and are handed on freely.
  '@typescript-eslint/unbound-method': 'off',
  // A type that is named where it could be left out tells the reader something.
  '@typescript-eslint/no-unnecessary-type-arguments': 'off',
  // Spreading a string walks its code points, which is what we want of it.
  '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
}

export default tseslint.config(
  {
    ignores: ['**/node_modules/', '**/dist/', 'data/', '.cache/', 'coverage/', '**/fixtures/', 'core/src/platform/tables.ts'],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { house: { rules: { 'function-lines': functionLines } } },
  },
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
      // A part of the kit is named by one word, and its props may be those of the HTML element.
      'vue/multi-word-component-names': 'off',
      'vue/prop-name-casing': 'off',
      // An optional prop is undefined by its type.
      'vue/require-default-prop': 'off',
      // Another component's types are an `error` type here; vue-tsc, which knows them, checks all of this.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-redundant-type-constituents': 'off',
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
    // A page has no other log.
    rules: { 'no-console': ['error', { allow: ['error'] }] },
  },
  {
    files: ['core/src/kernel/clock.ts', 'ui/src/kit/clock.ts', 'ui/widget/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noOwnDice] },
  },
  {
    files: ['core/src/main.ts', 'installer/src/oco.ts', ...TOOLS, ...TESTS, ...BENCHES],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-imports': 'off' },
  },
  {
    files: [...TOOLS, ...TESTS, ...BENCHES],
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    // A suite is one call of `describe`; a story in a test is told from top to bottom.
    files: [...TESTS, ...BENCHES],
    // It may also ask what the types promise already: that is what it is for.
    rules: { 'house/function-lines': 'off', '@typescript-eslint/no-unnecessary-condition': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', 'ui/vite*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: globals.node },
    rules: { ...language, 'no-restricted-globals': 'off' },
  },
)
