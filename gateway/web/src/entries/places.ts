import { ref } from 'vue'

/** Where a child goes to school: the region's code and the school's name. */
export interface Place {
  region: string
  school: string
}

// Of the findings saved in this tab, the newest first, none twice: children of a county go to the same schools.
const saved = ref<Place[]>([])

export function rememberPlace(place: Place): void {
  saved.value = [place, ...saved.value.filter((p) => p.region !== place.region || p.school !== place.school)]
}

export const lastRegion = (): string => saved.value[0]?.region ?? ''

export const schoolsIn = (region: string): string[] => saved.value.filter((p) => p.region === region).map((p) => p.school)

export function forgetPlaces(): void {
  saved.value = []
}
