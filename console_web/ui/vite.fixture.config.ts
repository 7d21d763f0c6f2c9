/** The built console over made-up data: `npm run fixture`. For looking at the screens without a control room; never shipped. */
import { defineConfig, mergeConfig } from "vite";
import { fixtureServer } from "./dev/plugin";
import config from "./vite.config";

export default mergeConfig(config, defineConfig({ plugins: [fixtureServer()] }));
