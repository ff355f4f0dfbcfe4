import { ref } from 'vue'
import { get, post } from '../api/client'

/** The server counts no further. */
export const mostCounted = 1000

/** How many messages the user has not read. */
export const unread = ref(0)

export async function countUnread(): Promise<void> {
  unread.value = (await get<{ unread: number }>('/v1/inbox:countUnread')).unread
}

/** Marks what was told of some orders, of all when none is named, until the newest that was seen. */
export async function markRead(orderIds: string[], untilTime: string | undefined): Promise<void> {
  await post('/v1/inbox:markRead', { orderIds, untilTime })
  await countUnread()
}
