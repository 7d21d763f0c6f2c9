// hls.js ships the light build without a declaration of its own; it is the same class with features left out.
declare module "hls.js/light" {
  export { default } from "hls.js";
}
