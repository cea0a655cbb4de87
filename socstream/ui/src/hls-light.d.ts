// The package declares no types for its light build; it is the same class with fewer controllers.
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
