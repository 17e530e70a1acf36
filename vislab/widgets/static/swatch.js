// The sign of a class or of an error in a legend and on a button.

import { make, fillCanvas } from "./dom.js";
import { SIDE, paint } from "./painting.js";

/** A little picture of a code's tile. */
export function swatch(code, table) {
  const canvas = make("canvas", { class: "vislab-swatch", "aria-hidden": "true" });
  fillCanvas(canvas, paint(new Uint8Array(4).fill(code), 2, 2, SIDE, table), 2 * SIDE, 2 * SIDE);
  return canvas;
}
