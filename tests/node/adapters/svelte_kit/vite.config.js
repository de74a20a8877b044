import { sveltekit } from '@sveltejs/kit/vite'

export default {
  plugins: [sveltekit()],
  // Linked and not installed, so it would be bundled otherwise.
  ssr: { external: ['tenant-select', 'tenant-select/web'] },
}
