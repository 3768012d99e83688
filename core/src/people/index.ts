export { addPerson, createPeople, type NewPerson, type People, type PeopleDeps } from './people-service.ts'
export { peopleRoutes } from './routes.ts'
