// Drawing in the Labeller: what the pointer and the keyboard do on the picture, until it is a stroke.

import { keepKeys, Lifetime } from "./dom.js";
import { WHOLE, dragged } from "./painting.js";
import { Easel } from "./easel.js";
import { PROPOSED, UNTOUCHED, Clock, encloses, simplified } from "./strokes.js";

const NEAR = 9; // screen pixels from a corner: a click there closes an outline, a drag moves a corner
const FREEHAND = 5; // screen pixels that a pressed pointer moves before it draws freely
const AGAIN = 400; // ms after an outline was closed in which a click is the rest of a double one
export const WIDEST = 60; // pixels of a brush

export class Hand {
  constructor(model) {
    this.model = model;
    this.life = new Lifetime(model);
    this.about = model.get("about");
    this.easel = new Easel(this.about, this.life);
    this.clock = new Clock();
    this.draft = []; // corners of an outline that is not closed yet
    this.path = null; // of the brush or of a freehand line
    this.held = null; // a corner of a model's object that moves: {number, corner, points}
  }

  get(trait) {
    return this.model.get(trait);
  }

  change(trait, value, save = true) {
    this.model.set(trait, value);
    if (save) this.model.save_changes();
  }

  wireKeys() {
    const { life, root } = this;
    keepKeys(root, life.ended.signal);
    life.on(window, "keydown", (event) => { if (this.undoes(event)) event.target.toggleAttribute("data-lm-suppress-shortcuts", true); }, { capture: true });
    life.on(root, "keydown", (event) => this.key(event));
    life.on(root, "keyup focusout", (event) => { if (event.type === "focusout" || event.key.toLowerCase() === "h") this.hide(false); });
  }

  wireCanvas() {
    const { life } = this, { canvas } = this.easel;
    life.on(canvas, "pointerdown", (event) => this.press(event));
    life.on(canvas, "pointermove", (event) => this.move(event));
    life.on(canvas, "pointerup", (event) => this.lift(event));
    life.on(canvas, "pointercancel", () => this.drop());
    life.on(canvas, "pointerleave", () => { if (!this.path && document.activeElement !== canvas) { this.cursor = null; this.draw(); } });
    life.on(canvas, "contextmenu", (event) => { event.preventDefault(); event.stopPropagation(); }); // the right button drags
    life.on(canvas, "blur", () => { if (this.down) this.stamp(); });
    life.on(canvas, "dblclick", () => this.close());
    life.on(canvas, "focus", () => { this.cursor ??= [this.easel.width / 2, this.easel.height / 2]; this.draw(); });
    life.on(canvas, "wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls
      event.preventDefault();
      this.zoom(event.deltaY + event.deltaX < 0 ? 1.2 : 1 / 1.2, this.fraction(event));
    }, { passive: false });
  }

  fraction(event) {
    const box = this.easel.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  // The pointer

  press(event) {
    const { canvas } = this.easel, mode = this.get("mode");
    canvas.setPointerCapture(event.pointerId);
    this.from = this.fraction(event);
    this.dragging = event.button > 0;
    if (this.dragging || !this.ready || mode === "label") return;
    this.down = false;
    this.cursor = this.easel.pixelAt(event, this.get("view"));
    if (this.held) return this.reshape();
    this.held = this.draft.length ? null : this.gripNear(this.cursor);
    this.path = [mode === "pixels" ? this.cursor.map(Math.floor) : this.cursor];
    this.free = false;
    this.draw();
  }

  move(event) {
    const view = this.get("view"), here = this.fraction(event);
    if (this.dragging) {
      this.change("view", dragged(view, here[0] - this.from[0], here[1] - this.from[1]));
      this.from = here;
      return;
    }
    this.cursor = this.easel.pixelAt(event, view);
    if (this.path && event.buttons) {
      const several = event.getCoalescedEvents?.() ?? [];
      for (const each of several.length ? several : [event]) this.along(this.easel.pixelAt(each, view));
    } else if (this.held) this.pull();
    this.draw();
  }

  /** The brush, or a freehand line, goes on to a point. */
  along(point) {
    const last = this.path.at(-1), apart = Math.hypot(point[0] - last[0], point[1] - last[1]), grain = this.easel.grain(this.get("view"));
    if (this.get("mode") === "pixels") {
      const pixel = point.map(Math.floor);
      if (pixel[0] !== last[0] || pixel[1] !== last[1]) this.path.push(pixel);
    } else if (this.held) {
      this.free ||= apart > FREEHAND * grain;
      if (this.free) this.pull();
    } else if (apart > (this.free ? 1.5 : FREEHAND) * grain) {
      this.free = true;
      this.path.push(point);
    }
  }

  lift() {
    const path = this.path;
    this.dragging = false;
    this.path = null;
    if (!path) return;
    if (this.get("mode") === "pixels") return this.brush(path);
    if (this.held && this.free) return this.reshape();
    this.held = null;
    const fresh = !this.draft.length;
    if (!this.free) return this.corner(path[0]);
    this.draft.push(...simplified(path, Math.max(0.3, this.easel.grain(this.get("view")))));
    if (fresh || this.atStart(this.draft.at(-1))) this.close();
    this.reflect();
    this.draw();
  }

  atStart([x, y]) {
    const [x0, y0] = this.draft[0];
    return this.draft.length > 2 && Math.hypot(x - x0, y - y0) <= NEAR * this.easel.grain(this.get("view"));
  }

  /** Set a corner; at the first one the outline is closed. */
  corner(point) {
    const last = this.draft.at(-1), grain = this.easel.grain(this.get("view"));
    const near = (other, pixels) => Math.hypot(point[0] - other[0], point[1] - other[1]) <= pixels * grain;
    if (this.closed && performance.now() - this.closed.when < AGAIN && near(this.closed.point, NEAR)) return;
    if (this.draft.length && this.atStart(point)) return this.close(point);
    if (!last || !near(last, 2)) this.draft.push(point);
    this.reflect();
    this.draw();
  }

  close(point = null) {
    if (this.get("mode") !== "outline" || !this.draft.length) return;
    if (this.draft.length < 3) return this.say("An outline needs three corners at least.");
    const points = rounded(this.draft);
    this.draft = [];
    this.closed = point && { when: performance.now(), point };
    this.send("outline", { value: this.code(), points });
  }

  // The corners of a model's objects

  /** The nearest corner within reach of a point (pixels; NEAR without), of all objects or of one: {number, corner, points}, or null. */
  gripNear(point, reach = NEAR * this.easel.grain(this.get("view")), only = -1) {
    if (!point || this.get("mode") !== "outline") return null;
    let grip = null;
    this.outlines().forEach(({ points, origin }, number) => {
      if (!origin || (only >= 0 && number !== only)) return; // drawn ones stay: the next may begin right beside them
      points.forEach(([x, y], corner) => {
        const apart = Math.hypot(x - point[0], y - point[1]);
        if (apart > reach) return;
        reach = apart;
        grip = { number, corner, points: [...points] };
      });
    });
    return grip;
  }

  /** The held corner follows the cursor. */
  pull() {
    this.held.points[this.held.corner] = [...this.cursor];
  }

  /** Put the held corner down. */
  reshape() {
    const { number, points } = this.held;
    this.held = null;
    this.send("reshape", { value: number, points: rounded(points) });
  }

  /** Take the nearest corner, of the object at the cursor if there is one, or put down the one that is held. */
  grip() {
    if (this.held) return this.reshape();
    this.held = this.gripNear(this.cursor, Infinity, this.objectAt(this.cursor));
    if (!this.held) return this.say("No object of a model's is here.");
    this.cursor = [...this.held.points[this.held.corner]];
    this.say("corner taken: arrows move it, C or Enter puts it down, Escape cancels");
    this.draw();
  }

  acceptHere() {
    const number = this.objectAt(this.cursor);
    if (this.outlines()[number]?.origin === PROPOSED) this.send("accept", { value: number });
  }

  brush(points) {
    const value = this.get("tool") === "eraser" ? UNTOUCHED : this.code();
    this.send("brush", { value, points, size: this.get("width") });
  }

  /** Cancel an unfinished corner, line or stroke. */
  drop() {
    this.path = null;
    this.draft = [];
    this.held = null;
    this.down = false;
    this.dragging = false;
    this.reflect();
    this.draw();
  }

  // The keyboard

  undoes(event) {
    return this.root.contains(event.target) && (event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase());
  }

  key(event) {
    const { target } = event, letter = event.key.toLowerCase(), onCanvas = target === this.easel.canvas, ranged = target.matches("[type=range]");
    if (this.undoes(event)) {
      this.held = null;
      this.send(letter === "y" || event.shiftKey ? "redo" : "undo");
      event.preventDefault();
      return event.stopPropagation();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key === "Enter" && (event.shiftKey || !onCanvas))) return;
    event.stopPropagation(); // a notebook in command mode takes letters and arrows for itself
    if ((onCanvas && this.canvasKey(event)) || (!ranged && this.rootKey(event, letter))) event.preventDefault();
  }

  rootKey(event, letter) {
    const number = Number(event.key), turn = { l: "label", p: "pixels", o: "outline" }[letter], width = this.get("width");
    const page = { PageDown: 1, PageUp: -1 }[event.key];
    if (turn && this.about.kinds.includes(turn)) this.turn(turn);
    else if (number >= 1) this.numbered(number);
    else if (letter === "d") this.finish();
    else if (letter === "a") this.acceptAll();
    else if (letter === "b" || letter === "e") this.change("tool", letter === "b" ? "brush" : "eraser");
    else if (letter === "[" || letter === "]") this.change("width", Math.min(WIDEST, Math.max(1, width + (letter === "]" ? 1 : -1) * (width > 10 ? 3 : 1))));
    else if (letter === "+" || letter === "=") this.zoom(1.5);
    else if (letter === "-") this.zoom(1 / 1.5);
    else if (letter === "0") this.change("view", WHOLE);
    else if (letter === "h") this.hide(true);
    else if (page) this.go(this.get("position") + page);
    else return false;
    return true;
  }

  numbered(number) {
    if (this.get("mode") === "label") return this.answer(number - 1);
    const entry = this.shown()[number - 1];
    if (entry) this.choose(entry.code);
  }

  canvasKey(event) {
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key], mode = this.get("mode");
    if (steps) this.step(steps.map((step) => step * (event.shiftKey ? 8 : 1)));
    else if (mode === "pixels" && (event.key === " " || event.key === "Enter")) this.stamp();
    else if (mode === "outline" && (event.key.toLowerCase() === "c" || (this.held && (event.key === " " || event.key === "Enter")))) this.grip();
    else if (mode === "outline" && event.key === " ") this.corner([...this.cursor]);
    else if (mode === "outline" && event.key === "Enter") this.draft.length ? this.close() : this.acceptHere();
    else if (mode === "outline" && event.key === "Backspace") this.takeBack();
    else if (mode === "outline" && event.key === "Delete") this.removeHere();
    else if (event.key === "Escape") this.drop();
    else return false;
    return true;
  }

  step([across, down]) {
    const { width, height } = this.easel, within = (value, size) => Math.min(size - 0.5, Math.max(0.5, Math.floor(value) + 0.5));
    const [x, y] = this.cursor ?? [width / 2, height / 2];
    this.cursor = [within(x + across, width), within(y + down, height)];
    if (this.down) this.path.push(this.cursor.map(Math.floor));
    if (this.held) this.pull();
    this.change("view", this.easel.following(this.get("view"), this.cursor), false);
    this.draw();
    this.say(`at ${Math.floor(this.cursor[0])}, ${Math.floor(this.cursor[1])}: ${this.reading()}`);
  }

  /** Put the brush down at the cursor, or lift it. */
  stamp() {
    if (!this.ready) return;
    if (this.down) {
      this.down = false;
      const path = this.path;
      this.path = null;
      return this.brush(path);
    }
    this.down = true;
    this.path = [this.cursor.map(Math.floor)];
    this.say("brush down: arrows draw, Space lifts it");
    this.draw();
  }

  takeBack() {
    this.draft.pop();
    this.reflect();
    this.draw();
  }

  removeHere() {
    const number = this.objectAt(this.cursor);
    if (number >= 0) this.send("delete", { value: number });
  }

  /** The topmost object at a point, from 0; -1 without one. */
  objectAt(point) {
    return this.outlines().findLastIndex(({ points }) => encloses(points, point));
  }

  reading() {
    const [x, y] = this.cursor.map(Math.floor), { classes } = this.about.words;
    if (this.get("mode") === "outline") {
      const number = this.objectAt(this.cursor);
      return number < 0 ? "no object" : `${this.outlines()[number].origin === PROPOSED ? "proposed " : ""}object ${number + 1}, ${classes[this.outlines()[number].code]}`;
    }
    return this.codes?.[y * this.easel.width + x] ? classes[this.codes[y * this.easel.width + x]] : "nothing painted";
  }

  hide(on) {
    if (Boolean(this.hidden) === on) return;
    this.hidden = on;
    this.draw();
  }
}

function rounded(points) {
  return points.map((point) => point.map((value) => Math.round(100 * value) / 100));
}
