/** Pages in the order of the desk's own navigation. A new page is a new line here and its words under `administration.page`. */
export const ADMINISTRATOR_PAGES = ['overview', 'channels', 'queues', 'lists', 'people', 'tokens', 'organisation'] as const
export type AdministratorPage = (typeof ADMINISTRATOR_PAGES)[number]
