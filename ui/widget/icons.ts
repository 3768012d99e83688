const SVG = 'http://www.w3.org/2000/svg'

/** Paths of 24 x 24, drawn with a round pen of 1.75. */
const PATHS = {
  chat: ['M4.5 18.5V7a3 3 0 0 1 3-3h9a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3H8.5l-4 3.5Z', 'M8.5 8.75h7', 'M8.5 11.75h4.5'],
  down: ['m6 9.5 6 6 6-6'],
  close: ['m6.5 6.5 11 11', 'm17.5 6.5-11 11'],
  send: ['M5 12h13.5', 'm12.5 5.5 6.5 6.5-6.5 6.5'],
  clip: ['m19 11.5-7.2 7.2a4.4 4.4 0 0 1-6.3-6.2l7.5-7.4a2.9 2.9 0 0 1 4.2 4.1L9.8 16.5a1.5 1.5 0 0 1-2-2.1l6.5-6.5'],
  file: ['M7 3.5h6.5L18.5 8.5V18.5a2 2 0 0 1-2 2H7.5a2 2 0 0 1-2-2V5.5a2 2 0 0 1 1.5-2Z', 'M13.5 3.5V8.5h5'],
  letter: ['M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2Z', 'm4.5 7 7.5 6 7.5-6'],
  clock: ['M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z', 'M12 7.5V12l3 2'],
  check: ['m5 12.5 4.5 4.5L19 7.5'],
  alert: ['M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z', 'M12 8v4.5', 'M12 15.8v.2'],
  offline: [
    'M3.5 9.5a12.5 12.5 0 0 1 4-2.5',
    'M20.5 9.5a12.5 12.5 0 0 0-7-3.3',
    'M7 13.3a7.5 7.5 0 0 1 3-1.7',
    'M12 18v.2',
    'm4 4 16 16',
  ],
} as const
export type IconName = keyof typeof PATHS

/** Decoration: the control that holds it has a name of its own. */
export const icon = (name: IconName): SVGSVGElement => {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', 'icon')
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', d)
    svg.append(path)
  }
  return svg
}
