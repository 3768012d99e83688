import errors from './ru/errors.json'
import kit from './ru/kit.json'
import shell from './ru/shell.json'

export default { errors, kit, shell }
