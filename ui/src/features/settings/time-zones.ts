export interface TimeZoneOption {
  value: string
  label: string
  /** Today's difference to UTC. */
  hint: string
}

/** Where the product is used: Russia from west to east, then its neighbours. Names of the IANA time zone database. */
const ZONES = [
  'Europe/Kaliningrad',
  'Europe/Moscow',
  'Europe/Samara',
  'Asia/Yekaterinburg',
  'Asia/Omsk',
  'Asia/Novosibirsk',
  'Asia/Krasnoyarsk',
  'Asia/Irkutsk',
  'Asia/Yakutsk',
  'Asia/Vladivostok',
  'Asia/Magadan',
  'Asia/Kamchatka',
  'Europe/Minsk',
  'Asia/Yerevan',
  'Asia/Baku',
  'Asia/Tbilisi',
  'Asia/Almaty',
  'Asia/Tashkent',
  'Asia/Bishkek',
  'Asia/Dushanbe',
  'Asia/Ashgabat',
  'Europe/Chisinau',
  'UTC',
]

/**
 * The zones to choose from, with today's difference to UTC. `current` is among them even where it is none of ours. `nameOf` gives the
 * words for a zone, or null where there are none.
 */
export function timeZoneOptions(current: string, now: number, nameOf: (zone: string) => string | null): TimeZoneOption[] {
  const zones = ZONES.includes(current) ? ZONES : [current, ...ZONES]
  return zones.map((zone) => ({ value: zone, label: nameOf(zone) ?? zone, hint: offsetOf(zone, now) }))
}

/** `UTC+3`; empty for a zone that this browser does not know. */
export function offsetOf(zone: string, now: number): string {
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(now)
    return (parts.find((part) => part.type === 'timeZoneName')?.value ?? '').replace('GMT', 'UTC')
  } catch {
    return ''
  }
}

/** What the workstation itself is set to; a guess worth offering in the wizard. */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
