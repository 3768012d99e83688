/**
 * `npm start`: builds what is not built or stale, then is the product: core runs in this very process, so that a signal finds one
 * process to end and npm waits for its clean end. Arguments go on to it: `npm start -- --demo`. The flags that npm gives
 * to Node keep the heap small: docs/adr/0010-a-small-heap.md.
 */
import { build } from './build.mjs'

if (build()) {
  await import('../dist/product/main.js')
} else {
  process.exitCode = 1
}
