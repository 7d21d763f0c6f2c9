/// <reference types="vitest/config" />
import { resolve } from "node:path";
import { defineConfig } from "vite";

const PAGES = ["index", "login", "operador", "despacho", "investigacion", "supervision", "admin"];

export default defineConfig({
  build: {
    outDir: resolve(import.meta.dirname, "../static"),
    emptyOutDir: true,
    // The CSP forbids data: addresses, and inlined assets could not be cached apart.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    target: "chrome109",
    chunkSizeWarningLimit: 600,
    rollupOptions: {
      input: Object.fromEntries(PAGES.map((page) => [page, resolve(import.meta.dirname, `${page}.html`)])),
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
