import { watch, type Ref } from 'vue'
import { onBeforeRouteUpdate, useRoute, useRouter, type LocationQuery } from 'vue-router'

/** What the address bar says of a view, by name. */
export type Address = Record<string, string>

export function addressFrom(query: LocationQuery): Address {
  return Object.fromEntries(Object.entries(query).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}

/**
 * Keeps the address bar at what a view shows, and the view at what the address bar says when
 * the user goes back or follows a link to the same view.
 */
export function useAddress(say: () => Address, adopt: (said: Address) => void): void {
  const route = useRoute()
  const router = useRouter()
  // What this view said last itself: only other addresses are the user's.
  let said = JSON.stringify(addressFrom(route.query))
  watch(say, (now) => {
    const text = JSON.stringify(now)
    if (text === said) return
    said = text
    void router.replace({ query: now })
  })
  onBeforeRouteUpdate((to) => {
    const text = JSON.stringify(addressFrom(to.query))
    if (text === said) return
    said = text
    adopt(addressFrom(to.query))
  })
}

/** The same for a view that is told by some values alone; what each begins with stays out of the address. */
export function useAddressOf(values: Record<string, Ref<string>>): void {
  const first = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.value]))
  const adopt = (said: Address): void => {
    for (const [name, value] of Object.entries(values)) value.value = said[name] ?? first[name]!
  }
  adopt(addressFrom(useRoute().query))
  useAddress(
    () =>
      Object.fromEntries(
        Object.entries(values)
          .map(([name, value]) => [name, value.value] as const)
          .filter(([name, value]) => value !== first[name]),
      ),
    adopt,
  )
}
