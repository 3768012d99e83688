import errors from './en/errors.json'
import kit from './en/kit.json'
import shell from './en/shell.json'

export default { errors, kit, shell }
