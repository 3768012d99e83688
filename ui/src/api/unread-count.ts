import { ref } from 'vue'

/** Own conversations in which the customer waits to be read; kept by the agent's list, read by the browser's title. */
export const unreadCount = ref(0)
