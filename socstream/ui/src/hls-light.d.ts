// The package declares no types for its light builds; they are the same class with fewer controllers.
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
declare module 'hls.js/dist/hls.light.min.mjs' {
  export { default } from 'hls.js';
}
