import type { KeyName } from './data-key-store.ts'

/** The day (UTC) under whose key is sealed what comes in at that moment, until its contact is known. */
export const intakeDay = (now: Date): string => now.toISOString().slice(0, 10)

export const intakeOwner = (now: Date): KeyName => ({ kind: 'intake', name: intakeDay(now) })

export const subjectOwner = (contactId: string): KeyName => ({ kind: 'subject', name: contactId })
