import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  build: {
    // The content policy allows no data: scripts, fonts or styles.
    assetsInlineLimit: 0,
    // Its only large file is the documentation's library, loaded by /docs alone.
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: ['index.html', 'docs.html'] },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/openapi.json': 'http://127.0.0.1:8080' } },
})
