import vue from '@vitejs/plugin-vue'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  // A view brings the components that it shows, and their styles, and no others.
  plugins: [vue(), Components({ dirs: [], dts: 'src/components.d.ts', resolvers: [ElementPlusResolver()] })],
  build: {
    manifest: true,
    // Chromium 86 is the engine of browsers that offices have on machines which get no newer one.
    target: ['es2020', 'chrome86'],
    // The content policy allows no data: scripts, fonts or styles.
    assetsInlineLimit: 0,
    // Its only large file is the documentation's library, loaded by /docs alone.
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      input: ['index.html', 'docs.html'],
      output: {
        // Over a slow line each file costs a round trip: what every view needs comes in two.
        codeSplitting: {
          groups: [
            { name: 'vue', test: /[\\/]node_modules[\\/](@vue|vue|vue-router)[\\/]/ },
            { name: 'base', test: /[\\/]src[\\/]/, minShareCount: 4 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/openapi.json': 'http://127.0.0.1:8080' } },
})
