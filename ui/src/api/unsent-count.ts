import { ref } from 'vue'

/** How many messages wait for the line; kept by the unsent messages themselves, read by the frame. */
export const unsentCount = ref(0)
