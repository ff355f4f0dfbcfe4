import { clearDrafts } from '../entries/drafts'
import { forgetPlaces } from '../entries/places'
import { forgetRegions } from '../shared/regions'

/** Nothing of whoever worked here is left for the next one. */
export function forgetWorker(): void {
  clearDrafts()
  forgetPlaces()
  forgetRegions()
}
