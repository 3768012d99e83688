import type { Permission, SessionView } from '@oco/contract'
import { computed, ref, shallowRef } from 'vue'
import { call, readCookie, whenSignedOut } from './client.ts'
import { ApiProblem } from './problem.ts'
import { queryClient } from './queries.ts'
import { keys } from './query-keys.ts'

/**
 * Who works on this page. `expired` means that the server ended the session while the page was open: the page stays as it is, with all
 * that was typed, under a window to sign in again.
 */
export const session = shallowRef<SessionView | null>(null)
export const expired = ref(false)
const permissions = computed<ReadonlySet<Permission>>(() => new Set(session.value?.permissions ?? []))

export const may = (permission: Permission): boolean => permissions.value.has(permission)

whenSignedOut(() => {
  if (session.value) expired.value = true
})

/** Asks who is signed in. False: nobody. Throws ApiProblem where the server does not say. */
export async function readSession(): Promise<boolean> {
  // The readable half of the session: without it nobody is signed in, and the server need not be asked.
  if (!session.value && readCookie('oco_csrf') === '') return false
  try {
    session.value = await call('readSession')
    expired.value = false
    return true
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error
    if (session.value) expired.value = true
    return false
  }
}

/** Throws ApiProblem. Somebody else than before takes over a clean page. */
export async function signIn(credentials: { login: string; password: string }): Promise<void> {
  const view = await call('startSession', { body: credentials })
  const before = session.value?.person.id
  session.value = view
  expired.value = false
  if (before !== undefined && before !== view.person.id) location.reload()
  else if (before !== undefined) await queryClient.invalidateQueries()
}

export async function signOut(): Promise<void> {
  await call('endSession')
  session.value = null
  expired.value = false
  queryClient.clear()
}

export async function renewSession(): Promise<void> {
  await readSession()
  queryClient.setQueryData(keys.session, session.value)
}
