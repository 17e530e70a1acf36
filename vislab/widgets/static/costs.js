// What the next answer costs: bars of every cost while resolution and batch move, and one cost against one error.

import { held, make, drawn, keepKeys, Lifetime } from "./dom.js";

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const SHAPES = ["circle", "square", "up", "diamond", "down", "cross"];
const [WIDE, HIGH] = [640, 330]; // of the second view
const EDGE = { left: 56, right: 130, top: 14, bottom: 48 };
const PATIENCE = 6000; // ms after which a click on "measure now" counts as not heard

/** A number short enough for a table: three places that count, thousands parted. */
export function brief(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return size === 0 ? "0" : size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}

/** Marks of a logarithmic axis from `low` to `high`: as few steps of each power of ten as give three marks and more. */
export function logTicks(low, high) {
  const within = (steps) => {
    const powers = Array.from({ length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 }, (_, i) => Math.floor(Math.log10(low)) + i);
    const all = powers.flatMap((power) => steps.map((times) => Number((times * 10 ** power).toPrecision(3))));
    return all.filter((one) => one >= low * 0.999 && one <= high * 1.001);
  };
  const choices = [[1], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 8]].map(within);
  return choices.find((marks) => marks.length >= 3) ?? choices.at(-1);
}

/** Marks of an axis from 0 to at least `top`, at most six. */
export function evenTicks(top) {
  const power = 10 ** Math.floor(Math.log10(top / 4));
  const step = [1, 2, 5, 10].map((m) => m * power).find((one) => top / one <= 5);
  return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/** Heights of labels moved apart, so that none is nearer to another than `gap`; in the order given. */
export function apart(heights, gap, low, high) {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
  const placed = heights.map((one) => Math.min(Math.max(one, low), high));
  for (let i = 1; i < order.length; i++) placed[order[i]] = Math.max(placed[order[i]], placed[order[i - 1]] + gap);
  const over = Math.max(0, (placed[order.at(-1)] ?? 0) - high);
  if (over) {
    placed[order.at(-1)] -= over;
    for (let i = order.length - 2; i >= 0; i--) placed[order[i]] = Math.min(placed[order[i]], placed[order[i + 1]] - gap);
  }
  return placed;
}

/** [value, low, high, estimate] of a model's cost where the sliders stand, null where nothing is known. */
export function figureOf(model, cell, cost) {
  return model.own[cost] ?? cell?.values[cost] ?? null;
}

/** A figure and its interval in words. */
export function inWords(numbers, unit) {
  if (!numbers || numbers[0] === null) return "not measured";
  const [value, low, high] = numbers;
  return `${brief(value)}${unit && ` ${unit}`}${low === null ? "" : ` (${brief(low)}–${brief(high)})`}`;
}

/** A mark of a shape at a place. */
function mark(svg, shape, x, y, colour) {
  const r = 6.5;
  const outlines = {
    square: `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
    up: `M${x},${y - r - 1}L${x + r + 1},${y + r}H${x - r - 1}z`,
    down: `M${x},${y + r + 1}L${x + r + 1},${y - r}H${x - r - 1}z`,
    diamond: `M${x},${y - r - 2}L${x + r + 2},${y}L${x},${y + r + 2}L${x - r - 2},${y}z`,
    cross: `M${x - r},${y - 2}h${r - 2}v${2 - r}h4v${r - 2}h${r - 2}v4h${2 - r}v${r - 2}h-4v${2 - r}h${2 - r}z`,
  };
  const style = { class: "vislab-mark", fill: colour };
  if (shape === "circle") drawn(svg, "circle", { ...style, cx: x, cy: y, r });
  else drawn(svg, "path", { ...style, d: outlines[shape] });
}

class Explorer {
  constructor(model, el) {
    this.model = model;
    this.life = new Lifetime(model);
    this.about = model.get("about");
    this.root = make("div", { class: "vislab-costs", role: "group", "aria-label": "What each model costs" });
    keepKeys(this.root, this.life.ended.signal);
    this.panels = Object.fromEntries(Object.keys(this.about.costs).map((cost) => [cost, this.panel(cost)]));
    this.status = make("div", { class: "vislab-status", role: "status", "aria-live": "polite" });
    this.caution = make("div", { class: "vislab-caution" });
    this.root.append(this.controls(), this.caution, this.status,
      make("div", { class: "vislab-panels" }, ...Object.values(this.panels).map(({ element }) => element)),
      make("div", { class: "vislab-quiet" }, ...held(this.legend())));
    if (Object.keys(this.about.questions).length) this.root.append(this.second());
    this.about.troubles.forEach((trouble) => this.root.append(make("div", { class: "vislab-quiet" }, trouble)));
    el.append(this.root);
    this.life.watch("size batch cells measuring trouble cost question", () => this.draw());
    this.life.watch("measuring trouble", () => this.heard());
    this.life.after(() => clearTimeout(this.waiting));
    this.draw();
  }

  // The controls

  controls() {
    const { about } = this;
    this.sliders = ["size", "batch"].map((trait) => {
      const offered = about[trait === "size" ? "sizes" : "batches"], words = trait === "size" ? "resolution" : "batch";
      const input = make("input", { type: "range", min: 0, max: Math.max(1, offered.length - 1), step: 1, "aria-label": words, disabled: offered.length < 2 });
      const shown = make("span", { class: "vislab-number", "aria-hidden": "true" });
      this.life.on(input, "input", () => this.model.set(trait, offered[Number(input.value)]));
      this.life.on(input, "change", () => this.model.save_changes());
      return { trait, offered, input, shown, element: make("label", {}, make("span", {}, words), input, shown) };
    });
    this.button = make("button", { type: "button" }, "measure now");
    this.life.on(this.button, "click", () => this.measure());
    return make("div", { class: "vislab-row", role: "group", "aria-label": "where to look" }, ...this.sliders.map(({ element }) => element), this.button);
  }

  measure() {
    if (this.model.get("measuring") || !this.about.able.length || this.waiting) return;
    this.model.save_changes();
    this.model.send("measure");
    this.status.textContent = "Asking Python to measure …";
    this.waiting = setTimeout(() => {
      this.waiting = undefined;
      this.status.textContent = "Python does not answer: if another cell is running, it measures after that; if not, run this cell again.";
    }, PATIENCE);
  }

  heard() {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    const before = this.busy, trouble = this.model.get("trouble");
    this.busy = this.model.get("measuring");
    if (this.busy) this.status.textContent = `Measuring at ${this.settings()} …`;
    else if (trouble) this.status.textContent = trouble;
    else if (before) this.status.textContent = `Measured at ${this.settings()}.`;
  }

  /** Where the sliders stand, in words. */
  settings() {
    const batch = this.model.get("batch");
    return `${this.model.get("size")} px, ${batch === 1 ? "one picture at a time" : `${batch} pictures at once`}`;
  }

  legend() {
    return `Bars of a cost share one scale for all resolutions and batches. ${this.about.whiskers}; ◇ an estimate, ×: measured / estimate. Device: ${this.about.device}.`;
  }

  // The bars

  panel(cost) {
    const [words, unit, note] = this.about.costs[cost];
    const rows = this.about.models.map(({ name }, at) => {
      const bar = make("div", { class: "vislab-bar", style: { background: COLOURS[at % COLOURS.length] } });
      const whisker = make("div", { class: "vislab-whisker" }), guess = make("div", { class: "vislab-guess" });
      const text = make("td", { class: "vislab-figure" });
      const track = make("td", { class: "vislab-track", "aria-hidden": "true" }, make("div", {}, bar, whisker, guess));
      return { bar, whisker, guess, text, element: make("tr", {}, make("th", { scope: "row", title: name }, name), track, text) };
    });
    const small = make("small"); // what the estimate is, or why nothing was measured
    const caption = make("caption", {}, make("b", {}, words), unit && ` ${unit}`, small);
    return { rows, note, small, element: make("table", {}, caption, make("tbody", {}, ...rows.map(({ element }) => element))) };
  }

  cell(name, size = this.model.get("size"), batch = this.model.get("batch")) {
    return this.model.get("cells").find((one) => one.model === name && one.size === size && one.batch === batch);
  }

  /** The largest figure of a cost anywhere, which ends its scale. */
  top(cost) {
    const figures = [...this.about.models.map(({ own }) => own[cost]), ...this.model.get("cells").map(({ values }) => values[cost])];
    return Math.max(...figures.filter(Boolean).flat().filter((one) => one !== null), 1e-12);
  }

  drawPanel(cost) {
    const top = this.top(cost), { note, small } = this.panels[cost];
    const whys = new Set(this.about.models.map(({ name }) => this.cell(name)?.why[cost]));
    small.textContent = whys.size === 1 && [...whys][0] || note;
    this.about.models.forEach((model, at) => {
      const { bar, whisker, guess, text } = this.panels[cost].rows[at], cell = this.cell(model.name);
      const numbers = figureOf(model, cell, cost), [value, low, high, estimate] = numbers ?? [null, null, null, null];
      const part = (one) => `${((100 * one) / top).toFixed(2)}%`;
      bar.style.width = value === null ? "0" : part(value);
      bar.hidden = value === null;
      whisker.hidden = low === null;
      if (low !== null) Object.assign(whisker.style, { left: part(low), width: part(high - low) });
      guess.hidden = estimate === null;
      if (estimate !== null) guess.style.left = part(estimate);
      const ratio = value !== null && estimate ? ` ×${brief(value / estimate)}` : "";
      text.replaceChildren(inWords(numbers, ""), ...(estimate === null ? [] : [make("small", {}, `◇ ${brief(estimate)}${ratio}`)]));
      text.title = value === null ? cell?.why[cost] ?? "" : "";
      text.classList.toggle("vislab-unmeasured", value === null);
    });
  }

  draw() {
    const size = this.model.get("size"), batch = this.model.get("batch"), { about } = this;
    for (const { trait, offered, input, shown } of this.sliders) {
      const value = this.model.get(trait);
      input.value = offered.indexOf(value);
      shown.textContent = trait === "size" ? `${value} px` : String(value);
      input.setAttribute("aria-valuetext", trait === "size" ? `${value} pixels` : `${value} at once`);
    }
    for (const cost of Object.keys(about.costs)) this.drawPanel(cost);
    const lacking = about.models.filter(({ name }) => !this.cell(name)?.values.each?.[0]);
    const reasons = [...new Set(lacking.map(({ name }) => this.cell(name)?.why.each).filter(Boolean))];
    const whose = lacking.length === about.models.length ? "" : `: ${lacking.map(({ name }) => name).join(", ")}`;
    const able = lacking.some(({ name }) => about.able.includes(name));
    const mend = able ? "press “measure now”" : "give the models to measure it: vl.explore_costs(results, models=…)";
    this.caution.textContent = lacking.length ? `Not measured at ${this.settings()}${whose}${reasons.length ? ` (${reasons.join("; ")})` : `; ${mend}`}.` : "";
    this.button.textContent = this.model.get("measuring") ? "measuring …" : able || !about.able.length ? "measure now" : "measure again";
    this.button.setAttribute("aria-disabled", String(!about.able.length || this.model.get("measuring")));
    this.root.dataset.at = `${size} ${batch}`;
    if (this.plot) this.drawPlot();
  }

  // One cost against one error

  second() {
    const select = (trait, options, words) => {
      const made = make("select", { "aria-label": words }, ...options.map(([value, text]) => make("option", { value }, text)));
      this.life.on(made, "change", () => {
        this.model.set(trait, made.value);
        this.model.save_changes();
      });
      return made;
    };
    const { costs, questions } = this.about;
    this.question = select("question", Object.entries(questions).map(([key, [ask, unit]]) => [key, `${ask} (${unit})`]), "which error");
    this.paid = select("cost", Object.entries(costs).map(([key, [words]]) => [key, words]), "which cost");
    this.plot = drawn(make("div"), "svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    this.beside = make("div", { class: "vislab-quiet" });
    const row = make("div", { class: "vislab-row" }, make("b", {}, "What an answer costs:"), make("label", {}, "the error on", this.question), make("label", {}, "against", this.paid));
    return make("div", { class: "vislab-second", role: "group", "aria-label": "a cost against an error" }, row, this.plot, this.beside);
  }

  drawPlot() {
    const cost = this.model.get("cost"), question = this.model.get("question"), { about, plot } = this;
    const [words, unit] = about.costs[cost], [ask, measure] = about.questions[question];
    [this.question.value, this.paid.value] = [question, cost];
    const known = [], unpaid = [], unasked = [];
    about.models.forEach((model, at) => {
      const numbers = figureOf(model, this.cell(model.name), cost), error = model.errors[question];
      if (!error) unasked.push(model.name);
      else if (!(numbers?.[0] > 0)) unpaid.push(model.name);
      else known.push({ name: model.name, at, paid: numbers, error });
    });
    plot.replaceChildren();
    const lines = known.map(({ name, paid, error }) => `${name}: ${inWords(paid, unit)}, ${ask} ${measure} ${brief(error[0])} (${brief(error[1])}–${brief(error[2])})`);
    plot.setAttribute("aria-label", `The error on ${ask} against ${words}. ${lines.join("; ") || "Nothing is known of both."}`);
    this.drawPoints(known, `${words}${unit && `, ${unit}`}, logarithmic`, `${ask} ${measure}`);
    const own = cost in (about.models[0]?.own ?? {}), where = own ? "" : `, at ${this.settings()}`;
    const notes = [`Lower and further left is better${cost === "throughput" ? " – but for pictures a second, where right is better" : ""}. Cost${where}; errors with 95 % intervals over the study's pictures of ${about.study} px.`];
    if (!own && about.study !== this.model.get("size")) notes.push(`The errors are of ${about.study} px: nobody measured them at ${this.model.get("size")} px.`);
    if (unpaid.length) notes.push(`Not measured: ${words} of ${unpaid.join(", ")}.`);
    if (unasked.length) notes.push(`Not trained to say, or not known: ${unasked.join(", ")}.`);
    this.beside.replaceChildren(...held(notes.join(" ")));
  }

  drawPoints(known, across, up) {
    const { plot } = this;
    if (!known.length) return void drawn(plot, "text", { class: "vislab-label", x: EDGE.left, y: HIGH / 2 }, "No model has both figures here: see below.");
    const paid = known.flatMap(({ paid: [value, low, high] }) => [value, low ?? value, high ?? value]);
    const middle = Math.sqrt(Math.min(...paid) * Math.max(...paid));
    const spread = Math.max(1.15 * Math.sqrt(Math.max(...paid) / Math.min(...paid)), 1.6);
    const [least, most] = [middle / spread, middle * spread];
    const heights = evenTicks(Math.max(...known.map(({ error }) => error[2]), 1e-3)), top = heights.at(-1);
    const x = (value) => EDGE.left + ((WIDE - EDGE.left - EDGE.right) * Math.log(value / least)) / Math.log(most / least);
    const y = (value) => HIGH - EDGE.bottom - ((HIGH - EDGE.top - EDGE.bottom) * value) / top;
    for (const value of heights) {
      drawn(plot, "line", { class: "vislab-rule", x1: EDGE.left, x2: WIDE - EDGE.right, y1: y(value), y2: y(value) });
      drawn(plot, "text", { x: EDGE.left - 7, y: y(value) + 4, "text-anchor": "end" }, value.toLocaleString("en"));
    }
    for (const value of logTicks(least, most)) {
      drawn(plot, "line", { class: "vislab-rule", x1: x(value), x2: x(value), y1: EDGE.top, y2: HIGH - EDGE.bottom });
      drawn(plot, "text", { x: x(value), y: HIGH - EDGE.bottom + 16, "text-anchor": "middle" }, value.toLocaleString("en"));
    }
    drawn(plot, "text", { class: "vislab-axis", x: (EDGE.left + WIDE - EDGE.right) / 2, y: HIGH - 10, "text-anchor": "middle" }, across);
    drawn(plot, "text", { class: "vislab-axis", x: 14, y: (EDGE.top + HIGH - EDGE.bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 14 ${(EDGE.top + HIGH - EDGE.bottom) / 2})` }, up);
    const names = apart(known.map(({ error }) => y(error[0])), 15, EDGE.top + 4, HIGH - EDGE.bottom - 4);
    known.forEach(({ name, at, paid: [value, low, high], error }, i) => {
      const colour = COLOURS[at % COLOURS.length];
      drawn(plot, "line", { stroke: colour, class: "vislab-range", x1: x(value), x2: x(value), y1: y(error[1]), y2: y(error[2]) });
      if (low !== null) drawn(plot, "line", { stroke: colour, class: "vislab-range", x1: x(low), x2: x(high), y1: y(error[0]), y2: y(error[0]) });
      mark(plot, SHAPES[at % SHAPES.length], x(value), y(error[0]), colour);
      drawn(plot, "text", { class: "vislab-label", x: x(value) + 12, y: names[i] + 4 - (Math.abs(names[i] - y(error[0])) < 1 ? 9 : 0) }, name);
    });
  }

  end() {
    this.life.end();
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const explorer = new Explorer(model, el);
    return () => explorer.end();
  },
};
