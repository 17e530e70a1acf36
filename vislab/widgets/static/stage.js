// The panes side by side with their controls: what the Viewer, the Comparison and the Probe share.

import { make, slider, keepKeys, Lifetime } from "./dom.js";
import { ERRORS, WHOLE, classTiles, dragged, hitTest, tiles, zoomed } from "./painting.js";
import { swatch } from "./swatch.js";
import { decode } from "./packets.js";
import { MOST_LIKELY, Pane } from "./pane.js";

const LAYERS = { prediction: "model", truth: "truth", errors: "mistakes", none: "picture" };
const ERROR_NAMES = ["missed", "false", "wrong class"];
const WHOLE_PICTURE = "whole picture";
const PATIENCE = 3000; // ms without an answer after which a kernel is busy or gone
const MORE = "more controls";
export const PANE_KEYS = "on a pane: arrows point, + − 0 zoom · hold T truth · E mistakes · O outlines · P picture";

export class Stage {
  constructor(model, el) {
    this.model = model;
    this.life = new Lifetime(model);
    this.about = model.get("about");
    this.panes = this.about.panes.map((_, number) => new Pane(this.about, number, this.life));
    this.grid = make("div", { class: "vislab-grid" }, ...this.panes.map((pane) => pane.element));
    this.status = make("div", { class: "vislab-status", role: "status", "aria-live": "polite" });
    this.title = make("span", { class: "vislab-title" });
    this.root = make("div", { class: "vislab-viewer", role: "group", "aria-label": `Viewer of ${this.about.n} pictures` });
    keepKeys(this.root, this.life.ended.signal);
    this.root.append(this.chooser(), this.tools(), this.grid, this.caution(), this.legend(), this.status, this.keys("← → pictures (on a pane: PageUp, PageDown)"));
    el.append(this.root);
    this.wire();
    this.take();
  }

  state() {
    const { model } = this, outlined = model.get("outlined"), hidden = model.get("hidden");
    const layer = this.peeking ? "truth" : model.get("layer");
    return { layer, outlined, hidden, opacity: model.get("opacity"), view: model.get("view"), pointed: model.get("pointed"), wipe: model.get("wipe") };
  }

  /** Change a trait: at once for every view in this browser, and for Python if it is saved. */
  change(trait, value, save = true) {
    this.model.set(trait, value);
    if (save) this.model.save_changes();
  }

  // The parts

  chooser() {
    this.back = make("button", { type: "button", "aria-label": "previous picture" }, "◀");
    this.next = make("button", { type: "button", "aria-label": "next picture" }, "▶");
    this.strip = make("div", { class: "vislab-strip", role: "group", "aria-label": "pictures to choose from" });
    this.row = make("div", { class: "vislab-row" }, this.back, this.next, this.title);
    return make("div", {}, this.row, this.strip);
  }

  get predicted() {
    return this.about.panes.some(({ task }) => task !== "truth" && task !== "picture");
  }

  /** What to show over the pictures, and, unfolded, how. */
  tools() {
    const group = `layer ${Math.random()}`;
    this.layers = Object.entries(LAYERS).map(([value, words]) => make("input", { type: "radio", name: group, value, "aria-label": `layer: ${words}` }));
    const choices = this.layers.map((input) => make("label", {}, input, LAYERS[input.value]));
    this.outlined = make("input", { type: "checkbox" });
    this.opacity = slider("opacity");
    this.out = make("button", { type: "button", "aria-label": "zoom out" }, "−");
    this.in = make("button", { type: "button", "aria-label": "zoom in" }, "+");
    this.whole = make("button", { type: "button", "aria-label": "whole picture" }, WHOLE_PICTURE);
    this.more = make("button", { type: "button" });
    this.extra = make("div", { class: "vislab-row" }, make("label", {}, this.outlined, "outlines"), this.opacity.element, make("span", { class: "vislab-zoom" }, this.out, this.in, this.whole));
    if (this.panes.length > 1) this.extra.append(this.wiper());
    const row = make("div", { class: "vislab-row" }, this.more);
    if (this.predicted) row.prepend(make("span", { class: "vislab-layers", role: "radiogroup", "aria-label": "layer over the picture" }, "show", ...choices));
    return make("div", {}, row, this.extra);
  }

  wiper() {
    const options = () => this.about.panes.map((pane, value) => make("option", { value }, pane.name));
    this.wiping = make("input", { type: "checkbox" });
    this.left = make("select", { "aria-label": "wipe: left of the line" }, ...options());
    this.right = make("select", { "aria-label": "wipe: right of the line" }, ...options());
    this.line = slider("wipe");
    this.wiped = make("span", { class: "vislab-wiped" }, this.left, this.line.element, this.right);
    return make("span", { class: "vislab-wipe" }, make("label", {}, this.wiping, "wipe"), this.wiped);
  }

  caution() {
    const here = { test: "These are test pictures: tuning a threshold on them is cheating. Choose it on validation pictures.",
      valid: "These are validation pictures: choose thresholds here.",
      train: "These are training pictures: a threshold chosen on them flatters. Choose it on validation pictures." };
    this.warning = make("div", { class: "vislab-caution" });
    this.warning.textContent = here[this.about.part] ?? "Choose thresholds on validation pictures; tuning them on test pictures is cheating.";
    return this.warning;
  }

  legend() {
    const { classes, colours } = this.about.words, table = classTiles(colours);
    this.switches = classes.slice(1).map((name, at) => {
      const box = make("input", { type: "checkbox", value: at + 1 });
      return [box, make("label", { title: name }, box, swatch(at + 1, table), make("span", { class: "vislab-name" }, name))];
    });
    this.mistakes = make("span", { class: "vislab-mistakes" });
    ERRORS.forEach((entry, at) => this.mistakes.append(make("span", {}, swatch(entry[0], tiles(ERRORS)), ERROR_NAMES[at])));
    return make("div", { class: "vislab-row vislab-legend" }, ...this.switches.map(([, label]) => label), this.mistakes);
  }

  keys(own) {
    return make("details", { class: "vislab-keys" }, make("summary", {}, "Keys"), `${own} · ${PANE_KEYS}`);
  }

  // Events

  wire() {
    const { life, model } = this;
    life.on(this.back, "click", () => this.go(this.wanted() - 1));
    life.on(this.next, "click", () => this.go(this.wanted() + 1));
    life.on(this.root, "keydown", (event) => this.key(event));
    life.on(this.root, "keyup focusout", (event) => { if (event.type === "focusout" || event.key.toLowerCase() === "t") this.peek(false); });
    for (const input of this.layers) life.on(input, "change", () => this.change("layer", input.value));
    life.on(this.more, "click", () => this.fold());
    life.on(this.outlined, "change", () => this.change("outlined", this.outlined.checked));
    this.slide(this.opacity.input, () => ["opacity", Number(this.opacity.input.value)]);
    life.on(this.in, "click", () => this.change("view", zoomed(model.get("view"), 1.5)));
    life.on(this.out, "click", () => this.change("view", zoomed(model.get("view"), 1 / 1.5)));
    life.on(this.whole, "click", () => this.change("view", WHOLE));
    for (const [box] of this.switches) {
      life.on(box, "change", () => this.change("hidden", this.switches.map(([each]) => each).filter((each) => !each.checked).map((each) => Number(each.value))));
    }
    for (const pane of this.panes) this.wirePane(pane);
    if (this.wiping) {
      const wipe = () => ({ left: Number(this.left.value), right: Number(this.right.value), at: Number(this.line.input.value) });
      life.on(this.wiping, "change", () => this.change("wipe", this.wiping.checked ? { left: Math.max(0, this.panes.findIndex(({ about }) => about.task === "truth")), right: this.panes.length - 1, at: 0.5 } : null));
      for (const select of [this.left, this.right]) life.on(select, "change", () => this.change("wipe", wipe()));
      this.slide(this.line.input, () => ["wipe", wipe()]);
    }
    life.watch("packet", () => this.take());
    life.watch("position strip", () => this.choose());
    life.watch("layer outlined hidden", () => this.repaint());
    life.watch("opacity view pointed wipe", () => this.draw());
    life.watch("unfolded", () => { this.draw(); this.fit(); });
    life.watch("thresholds", () => this.rethreshold());
    life.resized(this.grid, () => this.fit());
    life.after(() => { this.picture?.bitmap.close(); clearTimeout(this.waiting); URL.revokeObjectURL(this.sprites); this.gone = true; });
    this.choose();
  }

  /** Show more controls or fewer; a wipe ends with its controls. */
  fold() {
    if (this.model.get("unfolded")) this.change("wipe", null, false);
    this.change("unfolded", !this.model.get("unfolded"));
  }

  /** A range control: every position acts in the browser, the last one is saved. */
  slide(input, read) {
    this.life.on(input, "input", () => this.change(...read(), false));
    this.life.on(input, "change", () => this.change(...read()));
  }

  wirePane(pane) {
    const { canvas, number } = pane, { life, model } = this;
    const fraction = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    let last = null;
    life.on(canvas, "pointerdown", (event) => { last = fraction(event); canvas.setPointerCapture(event.pointerId); });
    life.on(canvas, "pointermove", (event) => {
      const here = fraction(event);
      if (last && model.get("view").zoom > 1) this.change("view", dragged(model.get("view"), here[0] - last[0], here[1] - last[1]), false);
      else this.point(hitTest(model.get("view"), pane.width, pane.height, ...here));
      if (last) last = here;
    });
    life.on(canvas, "pointerup pointercancel", () => { last = null; model.save_changes(); });
    life.on(canvas, "pointerleave", () => { if (!last && document.activeElement !== canvas) this.point(null); });
    life.on(canvas, "wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return; // the page scrolls
      event.preventDefault();
      this.change("view", zoomed(model.get("view"), event.deltaY + event.deltaX < 0 ? 1.2 : 1 / 1.2, ...fraction(event)));
    }, { passive: false });
    if (!pane.control) return;
    const thresholds = (value) => model.get("thresholds").map((old, at) => (at === number ? value : old));
    this.slide(pane.control.input, () => ["thresholds", thresholds(Number(pane.control.input.value))]);
    life.on(pane.reset, "click", () => this.change("thresholds", thresholds(pane.about.threshold)));
  }

  key(event) {
    const { target } = event, onPane = target.classList.contains("vislab-pane"), typing = target.matches("select, [type=range], [type=radio]");
    const forward = { ArrowRight: 1, ArrowLeft: -1 }[event.key], page = { PageDown: 1, PageUp: -1 }[event.key];
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    const layers = { e: "errors", p: "none" }[event.key.toLowerCase()], view = this.model.get("view");
    if (event.ctrlKey || event.metaKey || event.altKey || ["Enter", "Escape"].includes(event.key)) return;
    event.stopPropagation(); // a notebook in command mode takes letters and arrows for itself
    if (onPane && steps) this.step(steps.map((step) => step * (event.shiftKey ? 8 : 1)));
    else if (onPane && (event.key === "+" || event.key === "=")) this.change("view", zoomed(view, 1.5, ...this.middle()));
    else if (onPane && event.key === "-") this.change("view", zoomed(view, 1 / 1.5, ...this.middle()));
    else if (onPane && event.key === "0") this.change("view", WHOLE);
    else if (page && !typing) this.go(this.wanted() + page);
    else if (forward && !typing) this.go(this.wanted() + forward, target.closest(".vislab-strip") !== null);
    else if (event.key.toLowerCase() === "t") this.peek(true);
    else if (layers) this.change("layer", this.model.get("layer") === layers ? "prediction" : layers);
    else if (event.key.toLowerCase() === "o") this.change("outlined", !this.model.get("outlined"));
    else return;
    event.preventDefault();
  }

  /** The position of the pointed pixel in the pane, in fractions. */
  middle() {
    const pointed = this.model.get("pointed"), { zoom, x, y } = this.model.get("view"), { width, height } = this.panes[0];
    const within = (value) => Math.min(1, Math.max(0, value));
    return pointed ? [within(((pointed[0] + 0.5) / width - x) * zoom + 0.5), within(((pointed[1] + 0.5) / height - y) * zoom + 0.5)] : [0.5, 0.5];
  }

  step([across, down]) {
    const { width, height } = this.panes[0], from = this.model.get("pointed") ?? [width >> 1, height >> 1];
    this.point([Math.min(width - 1, Math.max(0, from[0] + across)), Math.min(height - 1, Math.max(0, from[1] + down))]);
    this.say(this.panes.map((pane) => `${pane.about.name}: ${pane.reading.textContent || "–"}`).join("; "), true);
  }

  point(pixel) {
    this.change("pointed", pixel, false);
  }

  peek(on) {
    if (Boolean(this.peeking) === on) return;
    this.peeking = on;
    this.repaint();
  }

  // Pictures

  /** The trait that asks Python for a picture. */
  get request() {
    return "position";
  }

  wanted() {
    return this.wish ?? this.model.get(this.request);
  }

  /** Ask for a picture. While one is on its way, only the last wish counts. */
  go(position, focus = false) {
    position = Math.min(this.about.n - 1, Math.max(0, position));
    this.follow = focus;
    if (position === this.wanted()) return;
    this.wish = position;
    if (!this.busy) this.ask();
  }

  ask() {
    this.busy = true;
    this.waiting = setTimeout(() => this.say("No kernel answers: it is busy, or gone. Run the cell to see other pictures."), PATIENCE);
    this.change(this.request, this.wish);
    this.wish = undefined;
  }

  /** Python has answered: ask for the last wish. */
  answered() {
    clearTimeout(this.waiting);
    this.busy = false;
    if (this.wish !== undefined) this.ask();
  }

  async take() {
    const packet = this.model.get("packet");
    if (!packet?.byteLength) return;
    const picture = await decode(packet);
    if (this.gone || packet !== this.model.get("packet")) return picture.bitmap.close(); // another came meanwhile
    this.picture?.bitmap.close();
    this.picture = Object.assign(picture, { size: picture.size ?? this.about.size });
    this.answered();
    this.rethreshold();
    this.choose();
    this.say(this.described(), true);
    this.taken?.();
    this.root.dataset.shown = picture.position;
  }

  described() {
    const { picture } = this, verdicts = this.panes.map((pane) => pane.verdict.textContent && `${pane.about.name}: ${pane.verdict.textContent}`);
    return [`picture ${picture.position + 1} of ${this.about.n}`, ...verdicts.filter(Boolean)].join("; ");
  }

  choose() {
    const position = this.model.get("position"), { n, page } = this.about, start = Math.floor(position / page) * page;
    const strip = this.model.get("strip");
    if (strip !== this.stripped) {
      URL.revokeObjectURL(this.sprites);
      this.sprites = URL.createObjectURL(new Blob([strip], { type: "image/webp" }));
      this.stripped = strip;
      this.strip.replaceChildren();
      this.first = start;
      for (let at = start; at < Math.min(n, start + page); at++) this.strip.append(this.thumbnail(at, at - start));
    }
    for (const thumb of this.strip.children) {
      const here = Number(thumb.value) === position;
      thumb.setAttribute("aria-current", here);
      thumb.tabIndex = here ? 0 : -1;
      if (here && this.follow) thumb.focus();
    }
    this.back.disabled = position === 0;
    this.next.disabled = position === n - 1;
    this.title.textContent = `picture ${position + 1} of ${n}${this.picture?.position === position ? ` · ${this.picture.id}` : ""}`;
    this.title.title = this.picture?.id ?? "";
  }

  thumbnail(position, column) {
    const thumb = make("button", { type: "button", value: position, "aria-label": `picture ${position + 1}` });
    Object.assign(thumb.style, { backgroundImage: `url(${this.sprites})`, backgroundPosition: `-${48 * column}px 0` });
    this.life.on(thumb, "click", () => this.go(position));
    return thumb;
  }

  // Drawing

  rethreshold() {
    if (!this.picture) return;
    const thresholds = this.model.get("thresholds");
    this.panes.forEach((pane, at) => {
      const threshold = thresholds[at] ?? null;
      if (pane.picture !== this.picture || pane.threshold !== threshold) {
        pane.take(this.picture, threshold);
        this.repaintPane(pane);
      }
      if (!pane.control) return;
      pane.control.input.value = threshold ?? 0.5;
      pane.control.shown.textContent = threshold === null ? MOST_LIKELY : threshold.toFixed(2);
      pane.reset.disabled = threshold === pane.about.threshold;
    });
    const moved = this.panes.some((pane) => pane.control && pane.threshold !== pane.about.threshold);
    this.warning.classList.toggle("vislab-warned", moved && this.about.part !== "valid");
    this.draw();
    this.rethresholded?.();
  }

  repaintPane(pane) {
    pane.repaint(this.state());
    pane.canvas.setAttribute("aria-label", `${pane.about.name}, picture ${this.picture.position + 1}${pane.verdict.textContent ? `: ${pane.verdict.textContent}` : ""}`);
  }

  repaint() {
    if (!this.picture) return;
    for (const pane of this.panes) this.repaintPane(pane);
    this.draw();
  }

  fit() {
    for (const { canvas } of this.panes) {
      const width = Math.min(1024, Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)));
      const height = Math.round((width * this.about.size[0]) / this.about.size[1]);
      if (width && canvas.width !== width) Object.assign(canvas, { width, height });
    }
    this.draw();
  }

  draw() {
    const state = this.state();
    this.reflect(state);
    if (!this.picture) return;
    for (const pane of this.panes) {
      pane.draw(state);
      pane.reading.textContent = (state.pointed && pane.read(state.pointed)) || pane.hint(this.predicted);
    }
    if (state.wipe) this.drawWipe(state);
  }

  /** The right pane's side of the line, over the left pane. */
  drawWipe(state) {
    const left = this.panes[state.wipe.left], right = this.panes[state.wipe.right];
    if (!left || !right) return;
    const pen = left.canvas.getContext("2d"), at = state.wipe.at * left.canvas.width;
    if (left !== right && state.wipe.at < 1) right.draw(state, pen, at || 1e-6);
    left.beside.textContent = [right.about.name, right.verdict.textContent].filter(Boolean).join(" ");
    if (state.pointed) left.reading.textContent = [left, right].map((pane) => `${pane.about.name}: ${pane.read(state.pointed) || "–"}`).join("; ");
    for (const [colour, wide] of [["#000", 4], ["#fff", 2]]) {
      pen.fillStyle = colour;
      pen.fillRect(at - wide / 2, 0, wide, left.canvas.height);
    }
  }

  /** Make the controls show the state. */
  reflect({ outlined, hidden, opacity, view, wipe }) {
    const layer = this.model.get("layer");
    for (const input of this.layers) input.checked = input.value === layer;
    this.outlined.checked = outlined;
    this.opacity.input.value = opacity;
    this.opacity.shown.textContent = `${Math.round(100 * opacity)} %`;
    this.whole.textContent = view.zoom > 1 ? `${view.zoom.toFixed(1)} ×` : WHOLE_PICTURE;
    for (const [box] of this.switches) box.checked = !hidden.includes(Number(box.value));
    this.mistakes.hidden = layer !== "errors";
    this.unfold(this.model.get("unfolded"), wipe);
    if (!this.wiping) return;
    this.wiping.checked = wipe !== null;
    this.wiped.hidden = wipe === null;
    this.grid.classList.toggle("vislab-one", wipe !== null);
    if (!wipe) return;
    this.left.value = wipe.left;
    this.right.value = wipe.right;
    this.line.input.value = wipe.at;
  }

  /** What is there without more controls: picture, models, and the truth while T is held. */
  unfold(unfolded, wipe) {
    this.more.textContent = unfolded ? "fewer controls" : MORE;
    this.more.setAttribute("aria-expanded", unfolded);
    this.extra.hidden = !unfolded;
    this.root.classList.toggle("vislab-simple", !unfolded);
    const controlled = this.panes.some((pane) => pane.control), warned = this.warning.classList.contains("vislab-warned");
    this.warning.hidden = !controlled || !(unfolded || warned);
    this.panes.forEach((pane, at) => {
      const spared = !unfolded && pane.about.task === "truth" && this.predicted;
      pane.element.hidden = wipe ? at !== wipe.left : spared;
      pane.beside.textContent = "";
    });
  }

  /** Tell by voice, and in sight too unless the panes show it already. */
  say(text, seen = false) {
    this.status.textContent = text;
    this.status.classList.toggle("vislab-aside", seen);
  }

  end() {
    this.life.end();
    this.root.remove();
  }
}
