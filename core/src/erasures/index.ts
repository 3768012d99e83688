export { actsInFile, appendAct } from './acts-file-store.ts'
export { actsInDatabase, beginErasure, comeBack, endErasure, wasErasedSince, type Act } from './erasure-store.ts'
