/** For tools that do not read templates (eslint); vue-tsc takes a component's own types instead. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent
  export default component
}
