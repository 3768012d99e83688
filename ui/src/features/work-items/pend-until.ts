/** Moments that people put things aside to, in the workstation's own time zone. */
export interface PendChoice {
  id: 'hour' | 'evening' | 'tomorrow' | 'monday'
  at: Date
}

const MORNING_HOUR = 9
const EVENING_HOUR = 17

export function pendChoices(now: Date): PendChoice[] {
  const at = (days: number, hour: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const daysToMonday = (8 - now.getDay()) % 7 || 7
  const choices: PendChoice[] = [{ id: 'hour', at: new Date(now.getTime() + 3_600_000) }]
  if (now.getHours() < EVENING_HOUR - 1) choices.push({ id: 'evening', at: at(0, EVENING_HOUR) })
  choices.push({ id: 'tomorrow', at: at(1, MORNING_HOUR) })
  if (daysToMonday > 1) choices.push({ id: 'monday', at: at(daysToMonday, MORNING_HOUR) })
  return choices
}

/** What an input of the kind `datetime-local` shows for a moment. */
export function localInputValue(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}
