// The picture in work: its labels, the unfinished stroke, and the cursor.

import { make, sheet, fillCanvas } from "./dom.js";
import { classTiles, dragged, enlargement, outline, packed, paint, visible } from "./painting.js";
import { PROPOSED, UNTOUCHED, brushed } from "./strokes.js";

export class Easel {
  constructor(about, life) {
    [this.height, this.width] = about.size;
    this.words = about.words;
    this.overlay = sheet(1, 1);
    this.canvas = make("canvas", { class: "vislab-pane", tabIndex: 0, role: "img", width: 2, height: 2 });
    this.canvas.style.aspectRatio = `${this.width} / ${this.height}`;
    this.table = classTiles(this.words.colours);
    this.lines = this.words.colours.map((_, code) => (code ? packed("#ffffff") : 0));
    life.after(() => { for (const canvas of [this.overlay, this.canvas]) Object.assign(canvas, { width: 0, height: 0 }); });
  }

  /** Fill the room there is; small pictures are enlarged. */
  fit() {
    const width = Math.min(1024, Math.round(this.canvas.clientWidth * (window.devicePixelRatio || 1)));
    if (width && this.canvas.width !== width) Object.assign(this.canvas, { width, height: Math.round((width * this.height) / this.width) });
  }

  /** The position of an event in the picture's pixels, not rounded. */
  pixelAt(event, view) {
    const box = this.canvas.getBoundingClientRect(), part = visible(view, this.width, this.height);
    return [part.left + ((event.clientX - box.left) / box.width) * part.width, part.top + ((event.clientY - box.top) / box.height) * part.height];
  }

  /** How many of the picture's pixels a screen's pixel is. */
  grain(view) {
    return this.width / view.zoom / (this.canvas.getBoundingClientRect().width || 1);
  }

  /** Paint the mask anew, with the strokes that Python has not answered yet. */
  repaint(painted, strokes) {
    const codes = painted.slice(), { width, height } = this, k = enlargement(width, height);
    for (const { points, size, value } of strokes) brushed(codes, width, height, points, size, value);
    for (let i = 0; i < codes.length; i++) if (codes[i] === UNTOUCHED) codes[i] = 0;
    const pixels = paint(codes, width, height, k, this.table);
    fillCanvas(this.overlay, outline(pixels, codes, codes, width, height, k, this.lines), width * k, height * k);
    return codes;
  }

  /** The view that shows a point, moved no more than necessary. */
  following(view, [x, y]) {
    const part = visible(view, this.width, this.height), { width, height } = this;
    const out = (value, low, size) => Math.min(0, value - low) + Math.max(0, value - low - size);
    const across = out(x, part.left, part.width), down = out(y, part.top, part.height);
    return across || down ? dragged(view, (-across / width) * view.zoom, (-down / height) * view.zoom) : view;
  }

  /** Put all of it on the canvas. what: {bitmap, view, mode, opacity, outlines, grip, marked, draft, colour, cursor, brush}. */
  draw(what) {
    const pen = this.canvas.getContext("2d"), part = visible(what.view, this.width, this.height);
    if (!this.canvas.width || !what.bitmap) return;
    const scale = this.canvas.width / part.width, k = this.overlay.width / this.width;
    const onto = [0, 0, this.canvas.width, this.canvas.height];
    const at = ([x, y]) => [(x - part.left) * scale, (y - part.top) * scale];
    pen.imageSmoothingEnabled = scale < 2;
    pen.drawImage(what.bitmap, part.left, part.top, part.width, part.height, ...onto);
    if (what.mode === "pixels" && what.opacity) {
      pen.globalAlpha = what.opacity;
      pen.drawImage(this.overlay, part.left * k, part.top * k, part.width * k, part.height * k, ...onto);
      pen.globalAlpha = 1;
    }
    if (what.mode === "outline" && what.opacity) {
      what.outlines.forEach(({ points, code, origin }, number) => this.object(pen, points.map(at), this.words.colours[code], what, number === what.marked, number + 1, origin === PROPOSED));
      if (what.grip) square(pen, at(what.grip.points[what.grip.corner]), 5, "#fff");
    }
    if (what.draft.length) this.open(pen, what.draft.map(at), what.colour, what.cursor && at(what.cursor));
    if (what.cursor) this.cursor(pen, what, at, scale);
  }

  /** An object; one that is only proposed is dashed, pale, and has a question mark. */
  object(pen, corners, colour, { opacity }, marked, number, proposed) {
    trace(pen, corners, true);
    Object.assign(pen, { fillStyle: colour, globalAlpha: opacity * (marked ? 0.9 : proposed ? 0.2 : 0.45) });
    pen.fill();
    pen.globalAlpha = 1;
    twice(pen, "#000", 4, marked ? "#fff" : colour, 2, proposed ? [9, 6] : []);
    const [x, y] = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
    label(pen, proposed ? `${number}?` : number, x, y);
  }

  /** An open outline: its corners, and a line to the cursor. */
  open(pen, corners, colour, hand) {
    trace(pen, hand ? [...corners, hand] : corners, false);
    twice(pen, "#000", 4, colour, 2);
    corners.forEach((corner, number) => square(pen, corner, number === 0 ? 5 : 3, number === 0 ? "#fff" : colour));
  }

  /** The cursor: the circle that the brush would cover, or a cross. */
  cursor(pen, { mode, cursor, brush, down }, at, scale) {
    pen.beginPath();
    if (mode === "pixels") {
      const [x, y] = at([Math.floor(cursor[0]) + 0.5, Math.floor(cursor[1]) + 0.5]);
      pen.arc(x, y, Math.max(3, (brush / 2) * scale), 0, 2 * Math.PI);
      twice(pen, "#000", down ? 5 : 3, "#fff", down ? 3 : 1.5);
    } else if (mode === "outline") {
      const [x, y] = at(cursor);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(x + 4 * dx, y + 4 * dy);
        pen.lineTo(x + 12 * dx, y + 12 * dy);
      }
      twice(pen, "#000", 3, "#fff", 1.5);
    }
  }
}

function trace(pen, corners, closed) {
  pen.beginPath();
  corners.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  if (closed) pen.closePath();
}

/** A line that is visible on dark and on light; the upper one may be dashed. */
function twice(pen, below, wide, above, thin, dashes = []) {
  for (const [strokeStyle, lineWidth, dashed] of [[below, wide, []], [above, thin, dashes]]) {
    Object.assign(pen, { strokeStyle, lineWidth, lineJoin: "round" });
    pen.setLineDash(dashed);
    pen.stroke();
  }
  pen.setLineDash([]);
}

/** A corner. */
function square(pen, [x, y], half, colour) {
  pen.fillStyle = "#000";
  pen.fillRect(x - half - 1, y - half - 1, 2 * half + 2, 2 * half + 2);
  pen.fillStyle = colour;
  pen.fillRect(x - half, y - half, 2 * half, 2 * half);
}

function label(pen, number, x, y) {
  Object.assign(pen, { font: "600 13px system-ui, sans-serif", textAlign: "center", textBaseline: "middle", lineWidth: 3, strokeStyle: "#000", fillStyle: "#fff", lineJoin: "round" });
  pen.strokeText(number, x, y);
  pen.fillText(number, x, y);
}
