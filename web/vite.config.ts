import { defineConfig } from "vite";

import { precompressed } from "./precompressed.ts";

export default defineConfig({
  logLevel: "warn",
  plugins: [precompressed()],
  resolve: { alias: { "monaco-editor/esm/vs/editor/edcore.main.js": "/src/monaco.ts" } },
  build: {
    rolldownOptions: {
      input: ["index.html", "graphiql.html"],
      // Libraries mark files with "use client", which means nothing outside of a server framework.
      checks: { moduleLevelDirective: false },
    },
    // Every asset is a file of this origin, so the Content-Security-Policy needs no `data:`.
    assetsInlineLimit: 0,
    // Browsers without it cannot run Monaco either.
    modulePreload: { polyfill: false },
    // Monaco comes as one chunk: all of it is needed before anything can be typed.
    chunkSizeWarningLimit: 3000,
  },
  worker: { format: "es" },
});
