// What panes show, computed from class codes, object ids and probabilities. Pure functions: no element is touched.
// Pictures are flat arrays, row by row; codes are indices into the vocabulary's classes, 255 marks an ignored pixel.

export const IGNORE = 255;
export const SIDE = 8; // of a pattern's tile, in pixels
export const MISSED = 1, FALSE = 2, WRONG = 3; // the kinds of error: not predicted, predicted over background, predicted as another class

/** "#rrggbb" and an opacity from 0 to 255 as one number in the order in which a canvas keeps its bytes. */
export function packed(colour, alpha = 255) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

// Which pixels of a tile are drawn at full strength, so that classes differ by more than their colour.
const PATTERNS = {
  plain: () => true,
  stripes: (x, y) => (x + y) % 4 < 2,
  dots: (x, y) => x % 4 < 2 && y % 4 < 2,
  rows: (x, y) => y % 4 < 2,
  backslash: (x, y) => (x - y + SIDE) % 4 < 2,
  columns: (x) => x % 4 < 2,
  checks: (x, y) => (x % 8 < 4) === (y % 8 < 4),
};
export const CLASS_PATTERNS = Object.keys(PATTERNS);
const FAINT = 110; // the strength of a pattern's other pixels, of 255

// Objects that touch differ in shade: how far their class's colour goes towards white (above 0) or black.
export const SHADES = [0, 0.45, -0.4, 0.7, -0.6, 0.22, -0.2, 0.85];

/** "#rrggbb" in a shade. */
export function shade(colour, towards) {
  const channels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const mixed = channels.map((one) => Math.round(one + Math.abs(towards) * ((towards > 0 ? 255 : 0) - one)));
  return `#${mixed.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}

/** Codes plus 256 times a shade's number for each object, so that no two objects of a class that touch, corners
 *  included, share one. ids: 0 for no object. */
export function shaded(codes, ids, width, height) {
  const neighbours = new Map(), shades = new Map([[0, 0]]), out = new Uint16Array(codes);
  const meet = (at, other) => {
    if (!ids[other] || ids[at] === ids[other] || codes[at] !== codes[other]) return;
    neighbours.get(ids[at]).add(ids[other]);
    if (!neighbours.has(ids[other])) neighbours.set(ids[other], new Set());
    neighbours.get(ids[other]).add(ids[at]);
  };
  for (let at = 0; at < ids.length; at++) {
    if (!ids[at]) continue;
    if (!neighbours.has(ids[at])) neighbours.set(ids[at], new Set());
    const right = (at + 1) % width !== 0, left = at % width !== 0, below = at + width < ids.length;
    if (right) meet(at, at + 1);
    if (below) meet(at, at + width);
    if (below && right) meet(at, at + width + 1);
    if (below && left) meet(at, at + width - 1);
  }
  for (const [id, touching] of [...neighbours].sort(([a], [b]) => a - b)) {
    const taken = [...touching].map((other) => shades.get(other)), free = SHADES.findIndex((_, number) => !taken.includes(number));
    shades.set(id, free < 0 ? SHADES.length - 1 : free);
  }
  for (let at = 0; at < ids.length; at++) out[at] += 256 * shades.get(ids[at]);
  return out;
}

/** Tiles of 8 × 8 packed colours, one after another for every code; what no entry names stays transparent.
 *  entries: [code, "#rrggbb", pattern, the pattern's other pixels: the same colour at a strength, or another one]. */
export function tiles(entries) {
  const table = new Uint32Array(256 * SHADES.length * SIDE * SIDE);
  for (const [code, colour, pattern = "plain", other = FAINT] of entries) {
    const strong = packed(colour), weak = typeof other === "string" ? packed(other) : packed(colour, other);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) table[(code * SIDE + y) * SIDE + x] = PATTERNS[pattern](x, y) ? strong : weak;
    }
  }
  return table;
}

/** Tiles of the classes in their colours and shades (code + 256 × shade), without the background and the hidden ones. */
export function classTiles(colours, hidden = []) {
  const shown = colours.map((colour, code) => [code, colour, CLASS_PATTERNS[(code - 1 + 7) % 7]]).filter(([code]) => code > 0 && !hidden.includes(code));
  const inShades = SHADES.flatMap((towards, number) => shown.map(([code, colour, pattern]) => [code + 256 * number, shade(colour, towards), pattern]));
  return tiles([...inShades, [IGNORE, "#a0a0a0", "stripes", 60]]);
}

// Okabe & Ito 2008: told apart by colour-blind readers; each error has a pattern of its own besides.
export const ERRORS = [
  [MISSED, "#d55e00", "stripes", "#ffffff"],
  [FALSE, "#0072b2", "dots", "#ffffff"],
  [WRONG, "#f0e442", "checks", "#000000"],
];

/** How much a picture is enlarged before masks are drawn on it, so that patterns and outlines are finer than pixels. */
export function enlargement(width, height) {
  return Math.max(1, Math.min(6, Math.round(384 / Math.max(width, height))));
}

/** Codes as packed colours, k × k for each pixel. */
export function paint(codes, width, height, k, table) {
  const out = new Uint32Array(width * height * k * k), wide = width * k;
  for (let y = 0, at = 0; y < height * k; y++) {
    const row = ((y / k) | 0) * width, line = (y % SIDE) * SIDE;
    for (let x = 0; x < width; x++) {
      const tile = codes[row + x] * SIDE * SIDE + line;
      for (let left = x * k, end = left + k; left < end; left++) out[at + left] = table[tile + (left % SIDE)];
    }
    at += wide;
  }
  return out;
}

/** Draw the border inside every region onto packed colours of `paint`'s size. Regions are told apart by `keys` (object
 *  ids, or the codes themselves); lines: a packed colour for every code, 0 for none. */
export function outline(onto, codes, keys, width, height, k, lines) {
  const wide = width * k, thick = k > 3 ? 2 : 1;
  const fill = (left, top, across, down, colour) => {
    for (let y = top; y < top + down; y++) onto.fill(colour, y * wide + left, y * wide + left + across);
  };
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const colour = lines[codes[at]];
      if (!colour) continue;
      const key = keys[at], left = x * k, top = y * k;
      if (x === 0 || keys[at - 1] !== key) fill(left, top, thick, k, colour);
      if (x === width - 1 || keys[at + 1] !== key) fill(left + k - thick, top, thick, k, colour);
      if (y === 0 || keys[at - width] !== key) fill(left, top, k, thick, colour);
      if (y === height - 1 || keys[at + width] !== key) fill(left, top + k - thick, k, thick, colour);
    }
  }
  return onto;
}

/** A mask of things alone, which an instance segmenter predicts. Ignored pixels stay ignored. */
export function ofThings(codes, classes, things) {
  return codes.map((code) => (code === IGNORE || things.includes(classes[code]) ? code : 0));
}

/** The error of each pixel: 0 if both agree or the truth ignores it. */
export function errors(truth, predicted) {
  const out = new Uint8Array(truth.length);
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === predicted[i] || truth[i] === IGNORE) continue;
    out[i] = predicted[i] === 0 ? MISSED : truth[i] === 0 ? FALSE : WRONG;
  }
  return out;
}

/** The class of each pixel from bytes of probability, one map after another in the order of `classes`.
 *  threshold null: the most likely. Otherwise the most likely of `targets` if these together reach the threshold
 *  (0 to 1), else the most likely other class. */
export function classify(probabilities, classes, pixels, targets = [], threshold = null) {
  const out = new Uint8Array(pixels), best = new Int16Array(pixels).fill(-1);
  const sum = new Uint16Array(pixels), need = threshold === null ? Infinity : threshold * 255;
  const target = new Uint8Array(pixels), bestTarget = new Int16Array(pixels).fill(-1);
  classes.forEach((code, map) => {
    const from = map * pixels, aside = threshold !== null && targets.includes(code);
    for (let i = 0; i < pixels; i++) {
      const p = probabilities[from + i];
      if (aside) {
        sum[i] += p;
        if (p > bestTarget[i]) { bestTarget[i] = p; target[i] = code; }
      } else if (p > best[i]) { best[i] = p; out[i] = code; }
    }
  });
  if (threshold === null) return out;
  for (let i = 0; i < pixels; i++) if (bestTarget[i] >= 0 && sum[i] >= need) out[i] = target[i];
  return out;
}

/** Objects of this score or more as codes and ids (object i as i + 1), the later on top.
 *  objects: {boxes: [[left, top, right, bottom]], classes, scores, masks: bytes of 0 or 1, box after box}. */
export function paintObjects(objects, width, height, threshold = 0) {
  const codes = new Uint8Array(width * height), ids = new Uint16Array(width * height);
  let from = 0;
  objects.boxes.forEach(([left, top, right, bottom], number) => {
    const across = right - left;
    if (objects.scores[number] >= threshold) {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          if (!objects.masks[from + (y - top) * across + x - left]) continue;
          codes[y * width + x] = objects.classes[number];
          ids[y * width + x] = number + 1;
        }
      }
    }
    from += across * (bottom - top);
  });
  return { codes, ids };
}

// A view is {zoom, x, y}: the enlargement, and the centre of the visible part in fractions of the picture.

export const WHOLE = { zoom: 1, x: 0.5, y: 0.5 };
export const CLOSEST = 32;

/** The nearest view that shows nothing beyond the picture. */
export function clamped({ zoom, x, y }) {
  zoom = Math.min(CLOSEST, Math.max(1, zoom));
  const half = 0.5 / zoom, within = (value) => Math.min(1 - half, Math.max(half, value));
  return { zoom, x: within(x), y: within(y) };
}

/** The part of a picture that a view shows, in its pixels: {left, top, width, height}. */
export function visible({ zoom, x, y }, width, height) {
  return { left: (x - 0.5 / zoom) * width, top: (y - 0.5 / zoom) * height, width: width / zoom, height: height / zoom };
}

/** The pixel [x, y] under a point of the pane in fractions of it (0 to 1); on the border the nearest. */
export function hitTest(view, width, height, across, down) {
  const part = visible(view, width, height);
  const within = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value)));
  return [within(part.left + across * part.width, width), within(part.top + down * part.height, height)];
}

/** The view after zooming by a factor about a point of the pane, which stays where it is. */
export function zoomed(view, factor, across = 0.5, down = 0.5) {
  const zoom = Math.min(CLOSEST, Math.max(1, view.zoom * factor));
  const x = view.x + (across - 0.5) * (1 / view.zoom - 1 / zoom), y = view.y + (down - 0.5) * (1 / view.zoom - 1 / zoom);
  return clamped({ zoom, x, y });
}

/** The view after the picture was dragged by fractions of the pane. */
export function dragged(view, across, down) {
  return clamped({ zoom: view.zoom, x: view.x - across / view.zoom, y: view.y - down / view.zoom });
}
