import { stopTestServer } from './harness.ts'

/** Mocha's root hooks (see .mocharc.json): the database server of this run, if any test asked for one, ends with it. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    await stopTestServer()
  },
}
