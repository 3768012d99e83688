import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { queryClient } from './api/queries.ts'
import { guessLocale, i18n, setLocale } from './i18n/index.ts'
import './kit/base.css'
import { router } from './router.ts'
import App from './shell/App.vue'
import { applyPreferences } from './shell/preferences.ts'

applyPreferences()
await setLocale(guessLocale())
createApp(App).use(i18n).use(VueQueryPlugin, { queryClient }).use(router).mount('#app')
