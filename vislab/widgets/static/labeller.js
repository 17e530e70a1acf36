// The Labeller: label pictures by click, pixels by brush, objects by outline, against a clock.

import { make, slider } from "./dom.js";
import { WHOLE, classTiles, clamped, zoomed } from "./painting.js";
import { swatch } from "./swatch.js";
import { bitmap, inflate, unpack } from "./packets.js";
import { Hand, WIDEST } from "./hand.js";
import { PROPOSED, UNTOUCHED, inMinutes } from "./strokes.js";

const NAMES = { label: "Label", pixels: "Pixels", outline: "Outlines" };
const LETTERS = { label: "L", pixels: "P", outline: "O" };
const DONE = { label: "labelled", pixels: "painted", outline: "outlined" };
const PATIENCE = 4000; // ms without an answer after which a kernel is busy or gone
const KEYS = "L P O kind of label · 1 to 9 the label or class · D done, next · PageUp PageDown pictures · Ctrl+Z undo, Ctrl+Shift+Z redo · "
  + "A accept what a model proposes here · B brush, E eraser, [ ] its width · + − 0 zoom (or Ctrl+wheel), right button drags · hold H to see the picture alone · on the picture: arrows move "
  + "(Shift: faster), Space puts the brush down and lifts it, or sets a corner; Enter closes an outline, Backspace removes the last corner, Escape cancels, Delete removes the object there; "
  + "of a model's objects, Enter accepts the one there, and C takes its nearest corner and puts it down";

export class Labelling extends Hand {
  constructor(model, el) {
    super(model);
    this.pending = []; // strokes that Python has not answered yet
    this.sent = 0;
    this.own = `${Math.random()}`;
    this.root = make("div", { class: "vislab-viewer vislab-labeller", role: "group", "aria-label": `Label ${this.about.n} pictures` });
    this.root.append(this.tabs(), this.head(), this.stage(), this.foot());
    el.append(this.root);
    this.wire();
    this.reflect();
    this.take();
  }

  // The parts

  tabs() {
    this.modes = this.about.kinds.map((kind) => {
      const count = make("span", { class: "vislab-count" });
      return { kind, count, button: make("button", { type: "button", class: "vislab-tab" }, make("b", {}, NAMES[kind]), count, key(LETTERS[kind])) };
    });
    this.seconds = make("span", { class: "vislab-time" });
    this.runs = make("span", { class: "vislab-runs" });
    const clock = make("span", { class: "vislab-clock", role: "timer", "aria-label": "clock" }, this.seconds, this.runs);
    return make("div", { class: "vislab-row vislab-tabs" }, make("span", { class: "vislab-group", role: "group", "aria-label": "kind of label" }, ...this.modes.map(({ button }) => button)), clock);
  }

  head() {
    this.back = make("button", { type: "button", "aria-label": "previous picture" }, "◀");
    this.next = make("button", { type: "button", "aria-label": "next picture" }, "▶");
    this.title = make("b", { class: "vislab-title" });
    this.task = make("span", { class: "vislab-task" });
    return make("div", { class: "vislab-head" }, make("span", { class: "vislab-group" }, this.back, this.next, this.title), this.task);
  }

  stage() {
    const { classes, labels, colours, things } = this.about.words, table = classTiles(colours);
    this.answers = labels.map((name, value) => make("button", { type: "button", class: "vislab-answer", title: name }, make("span", { class: "vislab-name" }, name), make("span", { class: "vislab-guess", hidden: true }, "proposed"), key(value + 1)));
    this.classes = classes.slice(1).map((name, at) => {
      const button = make("button", { type: "button", class: "vislab-class", title: name }, swatch(at + 1, table), make("span", { class: "vislab-name" }, name), key(at + 1));
      return { code: at + 1, thing: things.includes(name), button };
    });
    this.tools = ["brush", "eraser"].map((tool) => make("button", { type: "button", value: tool }, tool, key(tool[0].toUpperCase())));
    this.wide = slider("width", { min: 1, max: Math.min(WIDEST, this.about.largest), step: 1 });
    this.undo = make("button", { type: "button" }, "↶ undo");
    this.redo = make("button", { type: "button" }, "↷ redo");
    this.done = make("button", { type: "button", class: "vislab-done" }, "Done, next ▸", key("D"));
    this.accept = make("button", { type: "button", class: "vislab-accept" }, "Accept all that is left", key("A"));
    this.opacity = slider("opacity", { value: 0.5 });
    this.out = make("button", { type: "button", "aria-label": "zoom out" }, "−");
    this.in = make("button", { type: "button", "aria-label": "zoom in" }, "+");
    this.whole = make("button", { type: "button", "aria-label": "whole picture" }, "whole picture");
    this.objects = make("div", { class: "vislab-objects", role: "group", "aria-label": "objects outlined" });
    this.answering = group("the label", ...this.answers);
    this.now = make("div", { class: "vislab-now" });
    this.choosing = group("the class", this.now, ...this.classes.map(({ button }) => button));
    this.brushing = group("brush", make("span", { class: "vislab-group" }, ...this.tools), this.wide.element);
    this.listing = make("div", { class: "vislab-part" }, this.objects);
    this.seeing = make("div", { class: "vislab-part" }, this.opacity.element, make("span", { class: "vislab-group" }, this.out, this.in, this.whole));
    const acts = make("div", { class: "vislab-part vislab-acts" }, this.accept, this.done, make("span", { class: "vislab-group" }, this.undo, this.redo));
    const side = make("div", { class: "vislab-side" }, this.answering, this.choosing, this.brushing, this.listing, acts, this.seeing);
    this.board = make("div", { class: "vislab-board" }, this.easel.canvas);
    return make("div", { class: "vislab-stage" }, this.board, side);
  }

  foot() {
    this.trouble = make("div", { class: "vislab-trouble", role: "alert" });
    this.again = make("button", { type: "button" }, "try to save again");
    this.status = make("div", { class: "vislab-status", role: "status", "aria-live": "polite" });
    return make("div", {}, this.trouble, this.again, this.status, make("details", { class: "vislab-keys" }, make("summary", {}, "Keys"), KEYS));
  }

  // Events

  wire() {
    const { life, root } = this;
    life.on(root, "pointermove pointerdown keydown wheel input", () => this.touch(), { capture: true, passive: true });
    life.on(root, "pointerleave", () => { if (!this.path) this.rest(); });
    life.on(document, "visibilitychange", () => { if (document.hidden) this.rest(); });
    for (const { kind, button } of this.modes) life.on(button, "click", () => this.turn(kind));
    this.answers.forEach((button, value) => life.on(button, "click", () => this.answer(value)));
    for (const { code, button } of this.classes) life.on(button, "click", () => this.choose(code));
    for (const button of this.tools) life.on(button, "click", () => this.change("tool", button.value));
    life.on(this.wide.input, "input", () => this.change("width", Number(this.wide.input.value)));
    life.on(this.opacity.input, "input", () => this.draw());
    life.on(this.undo, "click", () => this.send("undo"));
    life.on(this.redo, "click", () => this.send("redo"));
    life.on(this.done, "click", () => this.finish());
    life.on(this.accept, "click", () => this.acceptAll());
    life.on(this.again, "click", () => this.send("time"));
    life.on(this.back, "click", () => this.go(this.get("position") - 1));
    life.on(this.next, "click", () => this.go(this.get("position") + 1));
    life.on(this.in, "click", () => this.zoom(1.5));
    life.on(this.out, "click", () => this.zoom(1 / 1.5));
    life.on(this.whole, "click", () => this.change("view", WHOLE));
    this.wireCanvas();
    this.wireKeys();
    life.watch("packet work", () => this.take());
    life.watch("position mode", () => this.drop());
    life.watch("tool chosen width trouble", () => { this.reflect(); this.draw(); });
    life.watch("view", () => this.draw());
    life.resized(this.easel.canvas, () => { this.easel.fit(); this.draw(); });
    const ticking = setInterval(() => this.tick(), 200);
    life.after(() => { clearInterval(ticking); clearTimeout(this.waiting); this.bitmap?.close(); this.gone = true; });
  }

  // What is given

  turn(mode) {
    if (mode === this.get("mode")) return;
    this.spend();
    this.drop();
    this.change("mode", mode);
  }

  go(position) {
    if (position < 0 || position >= this.about.n) return;
    this.spend();
    this.change("position", position);
  }

  answer(value) {
    if (this.ready && value >= 0 && value < this.answers.length) this.send("label", { value });
  }

  choose(code) {
    this.change("chosen", { ...this.get("chosen"), [this.get("mode")]: code });
    if (this.get("tool") === "eraser") this.change("tool", "brush");
  }

  /** Accept all that a model proposes here and that is left. */
  acceptAll() {
    const mode = this.get("mode"), proposed = this.proposed();
    if (proposed === null || this.draft.length) return;
    if (mode === "label") this.answer(proposed);
    else if (mode === "pixels") this.finish();
    else if (!this.mine("accept all").length) this.send("accept all");
  }

  finish() {
    const mode = this.get("mode");
    if (mode === "label") return this.go(Math.min(this.about.n - 1, this.get("position") + 1));
    if (this.draft.length) return this.say("Close this outline first (Enter), or cancel it (Escape).");
    if (mode === "outline" && this.proposed() !== null) return this.say("Accept what is left of the model's objects (A), or delete it, first.");
    if (this.ready && !this.mine("done").length) this.send("done");
  }

  zoom(factor, about) {
    const view = this.get("view"), { width, height } = this.easel, within = (value) => Math.min(1, Math.max(0, value));
    const [x, y] = this.cursor ?? [width / 2, height / 2];
    about ??= [within((x / width - view.x) * view.zoom + 0.5), within((y / height - view.y) * view.zoom + 0.5)];
    this.change("view", clamped(zoomed(view, factor, ...about)));
  }

  /** The classes that can be chosen now. */
  shown() {
    return this.classes.filter(({ thing }) => this.get("mode") !== "outline" || thing);
  }

  /** The class to paint or outline: the chosen one, else the first possible. */
  code() {
    const codes = this.shown().map(({ code }) => code), chosen = this.get("chosen")[this.get("mode")];
    return codes.includes(chosen) ? chosen : codes[0];
  }

  /** The objects: as Python has them, and what is under way. */
  outlines() {
    const outlines = [...(this.work?.outlines ?? []), ...this.mine("outline").map(({ points, value }) => ({ points, code: value, origin: "" }))];
    for (const { value, points } of [...this.mine("reshape"), ...(this.held ? [{ value: this.held.number, points: this.held.points }] : [])]) {
      if (outlines[value]) outlines[value] = { ...outlines[value], points };
    }
    return outlines;
  }

  /** What a model proposes for this picture and kind and nobody has accepted yet: a label, a mask, or how many objects; null without. */
  proposed() {
    const proposed = this.ready ? this.work.proposed[this.get("mode")] : null;
    return this.get("mode") === "outline" ? proposed || null : proposed;
  }

  /** Strokes of this picture that Python has not answered yet. */
  mine(what) {
    return this.pending.filter((one) => one.do === what && one.position === this.get("position"));
  }

  /** Send to Python, with the seconds since the last message. */
  send(what, more = {}) {
    const key = `${this.own}:${(this.sent += 1)}`;
    const message = { do: what, key, position: this.get("position"), mode: this.get("mode"), seconds: this.clock.take(performance.now()), ...more };
    this.pending.push(message);
    this.model.send(message);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.say("No kernel answers: it is busy, or gone. What you do now may not be kept; run the cell again to go on."), PATIENCE);
    this.repaint();
    this.reflect();
  }

  /** Send the clock's seconds with the picture and kind it ran for. */
  spend() {
    if (this.clock.seconds(performance.now()) > 0) this.send("time");
  }

  // What Python answers

  async take() {
    const packet = this.get("packet"), work = this.get("work"), taking = (this.taking = (this.taking ?? 0) + 1);
    if (!packet?.byteLength || !work?.byteLength) return;
    if (packet !== this.shownPacket) {
      const { parts, image, position } = unpack(packet), picture = await bitmap(parts[image]);
      if (this.gone || taking !== this.taking) return picture.close(); // another came meanwhile
      this.bitmap?.close();
      Object.assign(this, { bitmap: picture, shownPacket: packet, pictured: position });
    }
    const answer = unpack(work), painted = await inflate(answer.parts[answer.painted]);
    if (this.gone || taking !== this.taking) return;
    const moved = this.work?.position !== answer.position, before = this.work;
    this.work = { ...answer, painted };
    const heard = this.pending.findIndex(({ key }) => key === answer.heard), answered = this.pending[heard];
    if (heard >= 0) this.pending.splice(0, heard + 1);
    if (!this.pending.length) clearTimeout(this.waiting);
    if (this.finished) this.clock.stop(performance.now());
    this.repaint();
    this.reflect();
    this.report(answered, moved, before);
    this.root.dataset.shown = answer.position;
    this.root.dataset.heard = answer.heard;
  }

  /** The result of the last stroke, in words. */
  report(answered, moved, before) {
    const mode = this.get("mode"), { labels, classes } = this.about.words, { outlines } = this.work;
    const title = moved ? `picture ${this.work.position + 1} of ${this.about.n}` : "";
    const result = { label: () => `picture ${answered.position + 1}: ${labels[answered.value]}`, done: () => `picture ${answered.position + 1} is done`,
      outline: () => `object ${outlines.length}, ${classes[answered.value]}`, delete: () => `object ${answered.value + 1} is gone`, reshape: () => `object ${answered.value + 1} is corrected`,
      accept: () => `object ${answered.value + 1} is accepted`, "accept all": () => "all that was proposed is accepted", undo: () => "undone", redo: () => "done again",
      brush: () => (answered.value === UNTOUCHED ? "erased" : `painted ${classes[answered.value]}`) }[answered?.do]?.();
    const label = this.work.label === null || mode !== "label" ? "" : `its label: ${labels[this.work.label]}`;
    const text = [this.get("trouble") ? "" : result, title, moved ? label : ""].filter(Boolean).join("; ");
    if (text || !before) this.say(text);
  }

  // Showing

  get ready() {
    return Boolean(this.work) && this.work.position === this.get("position") && this.pictured === this.work.position;
  }

  repaint() {
    if (!this.work) return;
    const strokes = [...this.mine("brush")];
    this.codes = this.easel.repaint(this.work.painted, strokes);
    this.draw();
  }

  draw() {
    if (!this.ready) return;
    const mode = this.get("mode"), colour = this.about.words.colours[this.code()] ?? "#fff";
    if (mode === "pixels" && (this.path || this.drafted)) {
      const value = this.get("tool") === "eraser" ? UNTOUCHED : this.code();
      const now = this.path ? [{ points: this.path, size: this.get("width"), value }] : [];
      this.easel.repaint(this.work.painted, [...this.mine("brush"), ...now]);
      this.drafted = Boolean(this.path);
    }
    const draft = mode === "outline" && this.path && this.free && !this.held ? [...this.draft, ...this.path] : this.draft;
    this.easel.draw({ bitmap: this.bitmap, view: this.get("view"), mode, opacity: this.hidden ? 0 : Number(this.opacity.input.value), outlines: this.outlines(),
      grip: this.held ?? (this.draft.length || this.path ? null : this.gripNear(this.cursor)), marked: this.marked ?? -1, draft, colour, cursor: this.cursor, brush: this.get("width"), down: this.down });
    this.opacity.shown.textContent = `${Math.round(100 * this.opacity.input.value)} %`;
    this.whole.textContent = this.get("view").zoom > 1 ? `${this.get("view").zoom.toFixed(1)} ×` : "whole picture";
  }

  /** Whether all pictures have their label of this kind: then the clock stands still. */
  get finished() {
    return this.work?.progress[this.get("mode")] === this.about.n;
  }

  touch() {
    if (!this.finished) this.clock.touch(performance.now());
    this.tick();
  }

  rest() {
    this.clock.stop(performance.now());
    this.tick();
  }

  tick() {
    const now = performance.now(), mode = this.get("mode"), since = this.clock.seconds(now), before = this.work?.seconds[mode] ?? 0;
    const running = this.clock.running(now);
    this.seconds.textContent = mode === "outline" ? `this outline ${inMinutes(since)} · picture ${inMinutes(before + since)}` : `this picture ${inMinutes(before + since)}`;
    this.runs.textContent = running ? "running" : "stopped";
    this.runs.parentElement.classList.toggle("vislab-running", running);
  }

  /** Make the controls show the state. */
  reflect() {
    const mode = this.get("mode"), position = this.get("position"), { n } = this.about, work = this.ready ? this.work : null;
    for (const { kind, count, button } of this.modes) {
      count.textContent = `${this.work?.progress[kind] ?? 0} of ${n}`;
      press(button, kind === mode);
    }
    this.title.textContent = `picture ${position + 1} of ${n}${work?.done.includes(mode) ? ` ✓ ${DONE[mode]}` : ""}`;
    this.task.textContent = this.instruction(mode, work);
    this.back.disabled = position === 0;
    this.next.disabled = position === n - 1;
    this.answering.hidden = mode !== "label";
    this.choosing.hidden = mode === "label";
    this.brushing.hidden = mode !== "pixels";
    this.listing.hidden = mode !== "outline";
    this.done.hidden = mode === "label";
    this.opacity.element.hidden = mode === "label";
    const proposed = this.proposed();
    this.accept.hidden = proposed === null || mode === "pixels"; // there, Done accepts
    this.accept.firstChild.textContent = mode === "label" ? `Accept: ${this.about.words.labels[proposed]}` : "Accept all that is left";
    this.answers.forEach((button, value) => {
      press(button, work?.label === value);
      button.classList.toggle("vislab-proposed", mode === "label" && proposed === value);
      button.querySelector(".vislab-guess").hidden = mode !== "label" || proposed !== value;
    });
    const shown = this.shown();
    for (const { code, thing, button } of this.classes) {
      button.hidden = mode === "outline" && !thing;
      button.lastChild.textContent = shown.findIndex((one) => one.code === code) + 1;
      press(button, code === this.code() && !(mode === "pixels" && this.get("tool") === "eraser"));
    }
    const erases = mode === "pixels" && this.get("tool") === "eraser", name = this.about.words.classes[this.code()];
    this.now.textContent = erases ? "The eraser takes paint away." : `${mode === "pixels" ? "The brush paints" : "The next outline is of"}: ${name}`;
    for (const button of this.tools) press(button, button.value === this.get("tool"));
    this.wide.input.value = this.get("width");
    this.wide.shown.textContent = `${this.get("width")} px`;
    this.undo.disabled = !this.work?.undo.includes(mode);
    this.redo.disabled = !this.work?.redo.includes(mode);
    const trouble = this.get("trouble");
    this.trouble.textContent = trouble;
    this.again.hidden = !trouble.startsWith("Not saved");
    this.easel.canvas.className = `vislab-pane vislab-${mode}`;
    this.easel.canvas.setAttribute("aria-label", `picture ${position + 1} of ${n}`);
    this.list(mode);
  }

  /** What to do next, in a line. */
  instruction(mode, work) {
    const { things, classes, labels } = this.about.words, progress = this.work?.progress ?? {};
    const proposed = this.proposed(), left = this.about.kinds.find((kind) => progress[kind] < this.about.n);
    if (this.draft.length) return `${this.draft.length} corner${this.draft.length > 1 ? "s" : ""}: close it at the first one, by a double click or Enter; Backspace removes the last one, Escape cancels.`;
    if (progress[mode] === this.about.n) return left ? `All ${this.about.n} are ${DONE[mode]}. Go on with ${NAMES[left]} (${LETTERS[left]}), or change what you like.` : `All is done. Thank you! You can still change what you like.`;
    if (work?.done.includes(mode) && mode !== "label") return "This one is done; you can still change it. ▶ goes on.";
    if (mode === "label" && proposed !== null) return `${this.about.question || "What is this?"} The model says ${labels[proposed]}: accept it (A), or answer otherwise.`;
    if (mode === "pixels" && proposed) return "This mask is a model's. Correct it with brush and eraser; Done (D) accepts what then stands there.";
    if (mode === "outline" && proposed) return "Dashed: a model's. Delete (✕), drag corners, accept the rest (A); outline what is missing. Then: Done (D).";
    if (mode === "label") return `${this.about.question || "What is this?"} Click the answer or press its number.`;
    if (mode === "pixels") return `Paint each ${either(classes.slice(1))}; the rest is background. Then: Done (D), even if there is nothing to paint.`;
    return `Outline each ${either(things)}: click corner by corner, or draw around it in one go. Then: Done (D), even if there is none.`;
  }

  list(mode) {
    if (mode !== "outline") return;
    const outlines = this.outlines(), codes = JSON.stringify(outlines.map(({ code, origin }) => [code, origin === PROPOSED]));
    if (codes === this.listed) return;
    const focused = [...this.objects.children].findIndex((child) => child.contains(document.activeElement));
    this.listed = codes;
    this.marked = -1;
    this.objects.replaceChildren(...outlines.map(({ code, origin }, number) => this.object(code, number, origin === PROPOSED)));
    if (!outlines.length) this.objects.append(make("span", { class: "vislab-none" }, "no objects yet"));
    else if (focused >= 0) this.objects.children[Math.min(focused, outlines.length - 1)].querySelector("button").focus();
  }

  /** An object in the list: a button to delete it, before it one to accept it if it is only proposed. */
  object(code, number, proposed) {
    const name = this.about.words.classes[code];
    const acts = [...(proposed ? [["accept", `${number + 1}? ${name} ✓`]] : []), ["delete", proposed ? "✕" : `${number + 1} ${name} ✕`]];
    const buttons = acts.map(([what, text]) => {
      const button = make("button", { type: "button", class: `vislab-object${proposed ? " vislab-proposed" : ""}`, "aria-label": `${what} object ${number + 1}, ${name}`, title: name }, text);
      button.style.borderColor = this.about.words.colours[code];
      button.addEventListener("click", () => this.send(what, { value: number }));
      for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => this.mark(number));
      for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => this.mark(-1));
      return button;
    });
    return make("span", {}, ...buttons);
  }

  mark(number) {
    this.marked = number;
    this.draw();
  }

  say(text) {
    this.status.textContent = text;
  }

  end() {
    this.life.end();
    this.root.remove();
  }
}

/** Names as a choice in a sentence: "a, b or c". */
export function either(names) {
  const some = names.length > 4 ? [...names.slice(0, 3), "…"] : names;
  return some.length > 1 ? `${some.slice(0, -1).join(", ")} or ${some.at(-1)}` : (some[0] ?? "");
}

function group(name, ...children) {
  return make("div", { class: "vislab-part", role: "group", "aria-label": name }, ...children);
}

function press(button, on) {
  button.setAttribute("aria-pressed", on);
}

function key(text) {
  return make("kbd", { "aria-hidden": "true" }, `${text}`);
}

export default {
  render({ model, el }) {
    const labelling = new Labelling(model, el);
    return () => labelling.end();
  },
};
