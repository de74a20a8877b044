// Below node_modules, where the packages are found and nothing is committed.
export default { kit: { outDir: '../../node_modules/.svelte-kit' } }
