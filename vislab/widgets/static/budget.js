// The Budget explorer: hours of labelling to spend, what each task would answer for them, and the cheapest way to an answer.

import { held, make, vector, drawn, slider, keepKeys, Lifetime } from "./dom.js";
import { asWork, between, buy, cheapestRoute, errorCell, evenMarks, hasHours, hoursOf, inSentence, lowest, spent, whole } from "./reckoning.js";

const [WIDE, HIGH] = [460, 250];
const EDGE = { left: 40, right: 12, top: 22, bottom: 38 };
const FLOOR = HIGH - EDGE.bottom;
const MARKS = [1 / 3600, 1 / 360, 1 / 60, 1 / 6, 1, 10, 100, 1000, 1e4, 1e5]; // hours

/** A curve's marker around (x, y), as an SVG path. */
export function marker(shape, x, y, r) {
  const shapes = {
    o: `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`,
    s: `M${x - r},${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
    "^": `M${x},${y - 1.2 * r}L${x + 1.2 * r},${y + r}H${x - 1.2 * r}z`,
    D: `M${x},${y - 1.35 * r}L${x + 1.35 * r},${y}L${x},${y + 1.35 * r}L${x - 1.35 * r},${y}z`,
  };
  return shapes[shape];
}

/** What stands for a curve: its line and marker, in a chart's legend and before its row. */
function sign(line) {
  const svg = vector("svg", { viewBox: "0 0 34 14", width: 34, height: 14, "aria-hidden": "true" });
  stroke(svg, line, "M1,7H33");
  spot(svg, line, 17, 7, 4);
  return svg;
}

function stroke(parent, line, d) {
  drawn(parent, "path", { class: line.start === "scratch" ? "vislab-curve" : "vislab-curve vislab-dashed", d, stroke: line.colour });
}

function spot(parent, line, x, y, r) {
  drawn(parent, "path", { class: line.start === "scratch" ? "vislab-spot" : "vislab-spot vislab-hollow", d: marker(line.marker, x, y, r), stroke: line.colour, fill: line.colour });
}

/** One question's errors against hours or pictures: what stays (axes, curves), and what the controls move. */
class Chart {
  constructor(question, about) {
    Object.assign(this, { question, about });
    const means = about.lines.flatMap(({ curves }) => curves[question.name].map(([, mean]) => mean)), highs = about.lines.flatMap(({ curves }) => curves[question.name].map((point) => point[3]));
    const most = question.scale * Math.max(1.12 * Math.max(...means), Math.min(Math.max(...highs), 1.4 * Math.max(...means)));
    this.marks = evenMarks(most || 1).filter((mark) => question.most === null || mark <= question.scale * question.most);
    this.top = this.marks.at(-1);
    this.svg = vector("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    const unit = question.kind === "number" ? question.unit : question.sign.trim();
    this.element = make("figure", {}, make("figcaption", {}, make("b", {}, question.heading), ` ${question.quantity}, ${unit}`), this.svg);
  }

  x(amount) {
    const [low, high] = this.range;
    return EDGE.left + ((WIDE - EDGE.left - EDGE.right) * Math.log(amount / low)) / Math.log(high / low);
  }

  y(error) {
    return FLOOR - ((FLOOR - EDGE.top) * Math.min(this.question.scale * error, this.top)) / this.top;
  }

  /** Where a curve has so many pictures; in a chart of pictures intervals stand beside each other. */
  place(line, pictures) {
    if (this.by === "hours") return this.x(hoursOf(line, pictures));
    return this.x(pictures) + 3 * (this.about.lines.indexOf(line) - (this.about.lines.length - 1) / 2);
  }

  get shown() {
    return this.about.lines.filter((line) => line.curves[this.question.name].length && (this.by === "pictures" || hasHours(line)));
  }

  /** Axes and curves against "hours" or "pictures". */
  draw(by) {
    const { svg, about } = this, sizes = [...new Set(about.lines.flatMap((line) => line.sizes))].sort((a, b) => a - b);
    this.by = by;
    this.range = by === "hours" ? [about.rungs[0], about.rungs.at(-1)] : [sizes[0] / 1.35, sizes.at(-1) * 1.35];
    svg.replaceChildren();
    for (const value of this.marks) {
      const y = FLOOR - ((FLOOR - EDGE.top) * value) / this.top;
      drawn(svg, "line", { class: "vislab-rule", x1: EDGE.left, x2: WIDE - EDGE.right, y1: y, y2: y });
      drawn(svg, "text", { x: EDGE.left - 6, y: y + 4, "text-anchor": "end" }, String(value));
    }
    const marks = by === "hours" ? MARKS.filter((hours) => hours >= this.range[0] * 0.999 && hours <= this.range[1] * 1.001) : sizes;
    let free = 0;
    for (const value of marks) {
      const x = this.x(value), text = by === "hours" ? spent(value) : whole(value), half = 3.4 * text.length;
      drawn(svg, "line", { class: "vislab-tick", x1: x, x2: x, y1: FLOOR, y2: FLOOR + 4 });
      if (x - half < free) continue;
      free = x + half + 4;
      drawn(svg, "text", { x: Math.min(x, WIDE - half - 1), y: FLOOR + 16, "text-anchor": "middle" }, text);
    }
    drawn(svg, "text", { x: (EDGE.left + WIDE - EDGE.right) / 2, y: HIGH - 5, "text-anchor": "middle" }, by === "hours" ? "time spent on labels" : "labelled pictures");
    for (const line of this.shown) this.curve(line);
    this.moving = drawn(svg, "g", {});
  }

  curve(line) {
    const points = line.curves[this.question.name], parts = [];
    points.forEach(([pictures], i) => {
      const last = points[i - 1]?.[0] ?? pictures; // a transfer's line bends: its hours start from the classifier's
      for (let k = i ? 1 : 12; k <= 12; k++) {
        const at = last * (pictures / last) ** (k / 12);
        parts.push(`${this.place(line, at).toFixed(1)},${this.y(between(points, k === 12 ? pictures : at)[0]).toFixed(1)}`);
      }
    });
    stroke(this.svg, line, `M${parts.join("L")}`);
    for (const [pictures, mean, low, high] of points) {
      this.interval(this.svg, line, this.place(line, pictures), low, high, "vislab-interval");
      spot(this.svg, line, this.place(line, pictures), this.y(mean), 3.6);
    }
  }

  /** An interval, its ends closed; one that leaves the chart stays open there. */
  interval(parent, line, x, low, high, name) {
    const cap = this.question.scale * high <= this.top ? `M${x - 3},${this.y(high)}h6` : "";
    drawn(parent, "path", { class: name, stroke: line.colour, d: `M${x},${this.y(low)}V${this.y(high)}M${x - 3},${this.y(low)}h6${cap}` });
  }

  /** The budget, what it buys, and what is required here; `error` null where another question is asked for. */
  move(hours, bought, error) {
    const { moving, question, about } = this, parts = [];
    moving.replaceChildren();
    if (this.by === "hours") this.upright(this.x(hours), `budget ${spent(hours)}`);
    about.lines.forEach((line, i) => {
      const reading = bought[i].answers[question.name];
      if (!reading) return;
      const x = this.place(line, bought[i].at), y = this.y(reading[0]), beyond = bought[i].at < bought[i].pictures;
      this.interval(moving, line, x, reading[1], reading[2], "vislab-interval vislab-read");
      drawn(moving, "circle", { class: beyond ? "vislab-ring vislab-beyond" : "vislab-ring", cx: x, cy: y, r: 9 });
      spot(moving, line, x, y, 4.6);
      parts.push(`${line.name} ${errorCell(question, reading).join(" ")}${beyond ? ", no more was measured" : ""}`);
    });
    if (error !== null) parts.push(this.require(error));
    const against = this.by === "hours" ? "time spent on labels" : "labelled pictures";
    this.svg.setAttribute("aria-label", `${question.heading} ${question.quantity}, against ${against}. For ${spent(hours)}: ${parts.join("; ") || "nothing was measured"}.`);
  }

  upright(x, words) {
    const { moving } = this, inside = Math.min(Math.max(x, EDGE.left), WIDE - EDGE.right), end = x > WIDE / 2;
    drawn(moving, "line", { class: "vislab-budget-line", x1: inside, x2: inside, y1: EDGE.top - 8, y2: FLOOR });
    drawn(moving, "text", { class: "vislab-callout", x: inside + (end ? -5 : 5), y: EDGE.top - 8, "text-anchor": end ? "end" : "start" }, words);
  }

  /** The error that is required, and the cheapest way to it; returns them in words. */
  require(error) {
    const { moving, question, about } = this, y = this.y(error), route = cheapestRoute(about.lines, question.name, error);
    drawn(moving, "line", { class: "vislab-required", x1: EDGE.left, x2: WIDE - EDGE.right, y1: y, y2: y });
    if (route) {
      const x = this.place(route.line, route.first.pictures), at = this.y(route.first.reading[0]), end = x > WIDE / 2;
      drawn(moving, "line", { class: "vislab-required", x1: x, x2: x, y1: at, y2: FLOOR });
      drawn(moving, "path", { class: "vislab-cheapest", d: star(x, at, 8) });
      drawn(moving, "text", { class: "vislab-callout", x: x + (end ? -11 : 11), y: at - 7 < EDGE.top + 8 ? at + 16 : at - 7, "text-anchor": end ? "end" : "start" }, `cheapest: ${spent(route.first.hours)}`);
    }
    return inSentence(about.lines, question, error);
  }
}

function star(x, y, r) {
  const corners = Array.from({ length: 10 }, (_, k) => [k % 2 ? 0.42 * r : r, (k * Math.PI) / 5]);
  return `M${corners.map(([far, turn]) => `${(x + far * Math.sin(turn)).toFixed(1)},${(y - far * Math.cos(turn)).toFixed(1)}`).join("L")}z`;
}

class Explorer {
  constructor(model, el) {
    Object.assign(this, { model, about: model.get("about"), life: new Lifetime(model) });
    this.charts = this.about.questions.map((question) => new Chart(question, this.about));
    this.root = make("div", { class: "vislab-viewer vislab-budget", role: "group", "aria-label": "Budget explorer" });
    this.status = make("div", { class: "vislab-status", role: "status", "aria-live": "polite" });
    const title = make("div", {}, make("b", {}, "What do hours of labelling buy?"), make("small", {}, this.about.title));
    const legend = make("div", { class: "vislab-row vislab-legend" }, ...this.about.lines.map((line) => make("span", {}, sign(line), line.name)));
    const charts = make("div", { class: "vislab-charts" }, ...this.charts.map(({ element }) => element));
    this.root.append(title, this.budget(), this.answer(), legend, charts, this.status, this.table());
    el.append(this.root);
    keepKeys(this.root, this.life.ended.signal);
    this.life.watch("hours required by", () => this.take());
    this.charts.forEach((chart) => this.pull(chart));
    this.take();
  }

  // ---- controls ------------------------------------------------------------------------------------------------------
  budget() {
    const { rungs } = this.about;
    this.hoursAt = slider("time to spend on labels", { min: 0, max: rungs.length - 1, step: 1 });
    this.hoursIn = make("input", { type: "number", min: 0, step: "any", "aria-label": "time to spend on labels, in hours" });
    this.life.on(this.hoursAt.input, "input", () => this.show({ hours: rungs[Number(this.hoursAt.input.value)] }));
    this.life.on(this.hoursAt.input, "change", () => this.send());
    this.written(this.hoursIn, () => this.typed(this.hoursIn, (value) => value > 0, (value) => ({ hours: value }), "A budget is a number of hours above 0"));
    return make("div", { class: "vislab-row vislab-control", role: "group", "aria-label": "budget" }, this.hoursAt.element, make("label", {}, this.hoursIn, "hours"));
  }

  /** What the charts are drawn against. */
  axis() {
    const group = `against ${Math.random()}`; // of this view alone
    this.against = ["hours", "pictures"].map((by) => {
      const input = make("input", { type: "radio", name: group, value: by });
      this.life.on(input, "change", () => this.send(this.show({ by })));
      return input;
    });
    return make("span", { class: "vislab-layers", role: "radiogroup", "aria-label": "charts against" }, "against", ...this.against.map((input) => make("label", {}, input, input.value)));
  }

  answer() {
    this.asked = make("select", { "aria-label": "required answer: question" }, ...this.about.questions.map(({ name, heading }) => make("option", { value: name }, heading)));
    this.errorAt = slider("at most");
    this.errorAt.input.setAttribute("aria-label", "required error, at most");
    this.errorAt.shown.remove(); // the field beside it says it
    this.errorIn = make("input", { type: "number", min: 0, step: "any", "aria-label": "required error" });
    this.unit = make("span", {});
    const scale = () => this.question.scale;
    this.life.on(this.asked, "change", () => this.send(this.show({ required: [this.asked.value, this.wished[this.asked.value] ?? this.midway(this.asked.value)] })));
    this.life.on(this.errorAt.input, "input", () => this.show({ required: [this.required[0], Number(this.errorAt.input.value) / scale()] }));
    this.life.on(this.errorAt.input, "change", () => this.send());
    this.written(this.errorIn, () => this.typed(this.errorIn, (value) => value >= 0 && value <= scale() * (this.question.most ?? Infinity), (value) => ({ required: [this.required[0], value / scale()] }),
      this.question.most === null ? "A required error is a number, 0 or more" : `A required error lies between 0 and ${scale() * this.question.most}${this.question.sign}`));
    this.wished = {};
    return make("div", { class: "vislab-row vislab-control", role: "group", "aria-label": "required answer" }, make("label", {}, "required answer", this.asked), this.errorAt.element, make("label", {}, this.errorIn, this.unit), this.axis());
  }

  /** Called when a number is written: the field is left, or Enter is pressed (of which Jupyter makes no change). */
  written(input, handle) {
    this.life.on(input, "change", handle);
    this.life.on(input, "keydown", (event) => event.key === "Enter" && !event.shiftKey && handle());
  }

  /** A number that somebody wrote; one that makes no sense is named, and what was there before comes back. */
  typed(input, makesSense, change, rule) {
    const value = input.value.trim() === "" ? NaN : Number(input.value), good = Number.isFinite(value) && makesSense(value);
    if (good) this.send(this.show(change(value)));
    else {
      this.show({});
      this.status.textContent = `${rule}; nothing was changed.`;
    }
  }

  /** The budget can be pulled in a chart. */
  pull(chart) {
    const { rungs } = this.about;
    this.life.on(chart.svg, "pointerdown pointermove", (event) => {
      if (chart.by !== "hours" || !(event.buttons & 1)) return;
      if (event.type === "pointerdown") chart.svg.setPointerCapture(event.pointerId);
      const box = chart.svg.getBoundingClientRect(), x = ((event.clientX - box.x) * WIDE) / box.width;
      const near = rungs.reduce((best, rung) => (Math.abs(chart.x(rung) - x) < Math.abs(chart.x(best) - x) ? rung : best));
      if (near !== this.hours) this.show({ hours: near });
    });
    this.life.on(chart.svg, "pointerup", () => this.send());
  }

  get question() {
    return this.about.questions.find(({ name }) => name === this.required[0]);
  }

  midway(question) {
    const means = this.about.lines.flatMap(({ curves }) => curves[question].map(([, mean]) => mean));
    return Number(((Math.min(...means) + Math.max(...means)) / 2).toPrecision(2));
  }

  // ---- state ---------------------------------------------------------------------------------------------------------
  take() {
    this.show(Object.fromEntries(["hours", "required", "by"].map((name) => [name, this.model.get(name)])));
  }

  /** Tell Python, once a control is let go. */
  send() {
    for (const name of ["hours", "required", "by"]) if (JSON.stringify(this.model.get(name)) !== JSON.stringify(this[name])) this.model.set(name, this[name]);
    this.model.save_changes();
  }

  show(change) {
    const turned = change.by !== undefined && change.by !== this.by;
    Object.assign(this, change);
    const { hours, required, about } = this;
    this.wished[required[0]] = required[1];
    if (turned) this.charts.forEach((chart) => chart.draw(this.by));
    const bought = about.lines.map((line) => buy(line, hours));
    this.charts.forEach((chart) => chart.move(hours, bought, chart.question === this.question ? required[1] : null));
    this.controls();
    this.rows(bought);
    this.status.replaceChildren(make("div", {}, ...held(this.best(bought))), make("div", {}, ...held(`★ ${inSentence(about.lines, this.question, required[1])}`)));
    Object.assign(this.root.dataset, { hours, required: required.join(" "), by: this.by });
  }

  controls() {
    const { hours, about, question } = this, work = asWork(hours), error = question.scale * this.required[1];
    const off = (rung) => Math.abs(Math.log(rung / hours));
    this.hoursAt.input.value = about.rungs.reduce((best, rung, i) => (off(rung) < off(about.rungs[best]) ? i : best), 0);
    this.hoursAt.shown.textContent = `${spent(hours)}${work && ` = ${work}`}`;
    this.hoursAt.input.setAttribute("aria-valuetext", this.hoursAt.shown.textContent);
    this.hoursIn.value = Number(hours.toPrecision(4));
    this.against.forEach((input) => (input.checked = input.value === this.by));
    this.asked.value = question.name;
    const { top } = this.charts.find((chart) => chart.question === question), unit = question.sign.trim() || question.unit;
    Object.assign(this.errorAt.input, { min: 0, max: top, step: evenMarks(top)[1] / 20, value: error });
    this.errorIn.value = Number(error.toPrecision(4));
    this.unit.textContent = unit;
    this.errorAt.input.setAttribute("aria-valuetext", `${this.errorIn.value} ${unit}`);
  }

  /** The tasks that answer best for the budget, and those whose intervals overlap theirs. */
  best(bought) {
    const { about, hours } = this, named = (one) => about.lines[bought.indexOf(one)].name;
    const texts = about.questions.map((question) => {
      const found = lowest(bought, question.name);
      if (!found) return `${question.heading} nobody was measured`;
      const near = found.near.length ? `, its interval overlapping those of ${found.near.map(named).join(", ")}` : "";
      return `${question.heading} ${named(found.best)} ${errorCell(question, found.best.answers[question.name]).join(" ")}${near}`;
    });
    return `For ${spent(hours)} the lowest errors: ${texts.join("; ")}.`;
  }

  // ---- the table -----------------------------------------------------------------------------------------------------
  table() {
    const heads = ["task", "pictures bought", ...this.about.questions.map(({ heading }) => heading)].map((text) => make("th", { scope: "col" }, text));
    this.body = make("tbody");
    const caption = make("caption", {}, ...held(`▼ the lowest mean of its column; ≈ its 95 % interval overlaps that one's. Rings in the charts mark what the budget buys, dashed ones that no more was measured. ${this.about.read}`));
    return make("div", { class: "vislab-answers" }, make("table", {}, caption, make("thead", {}, make("tr", {}, ...heads)), this.body));
  }

  rows(bought) {
    const { questions, lines } = this.about, best = Object.fromEntries(questions.map(({ name }) => [name, lowest(bought, name)]));
    this.body.replaceChildren(...lines.map((line, i) => {
      const { pictures, at, why, answers } = bought[i];
      const head = make("th", { scope: "row" }, sign(line), line.name), number = pictures === null ? "?" : whole(pictures);
      if (at === null) return make("tr", { class: "vislab-nothing" }, head, make("td", {}, number), make("td", { colSpan: questions.length }, why));
      const counted = make("td", {}, at < pictures ? `${whole(at)} of ${number}` : number, ...(why ? [make("small", {}, why)] : []));
      return make("tr", {}, head, counted, ...questions.map((question) => {
        const { name } = question, reading = answers[name];
        if (!reading) return make("td", { class: "vislab-unsaid", title: line.curves[name].length ? "not measured there" : "not trained to say" }, "–");
        const mark = best[name].best === bought[i] ? "▼\u00a0" : best[name].near.includes(bought[i]) ? "≈\u00a0" : "";
        const [mean, interval] = errorCell(question, reading);
        return make("td", { class: best[name].best === bought[i] ? "vislab-lowest" : "" }, ...held(`${mark}${mean} `), make("small", {}, interval));
      }));
    }));
  }
}

export default {
  render({ model, el }) {
    const explorer = new Explorer(model, el);
    return () => explorer.life.end();
  },
};
