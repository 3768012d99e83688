import kuznyechikMgm from './kuznyechik-mgm-rfc9058.json' with { type: 'json' }
import type { VectorFile } from './vector.ts'

/** All that are in this folder; `vectors.test.ts` holds each to its shape. */
export const VECTOR_FILES = [kuznyechikMgm] as readonly object[] as readonly VectorFile[]
