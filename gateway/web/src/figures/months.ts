import { today } from '../shared/today'

/** The month that runs, yyyy-mm. Months are Beijing's, whatever the machine's zone. */
export const thisMonth = today().slice(0, 7)
