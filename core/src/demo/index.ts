export { createDemo, type StartedDemo } from './demo.ts'
export { demoRoutes } from './remove-demo.ts'
