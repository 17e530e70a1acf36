// A training as it goes: what vislab/widgets/live.py knows, drawn. Python gets one message: that Stop was pressed.
// While a cell runs, ipykernel (7.4) lets messages to a widget wait, even if subshells could take them. So Stop
// interrupts the kernel, as the notebook's own ■ does; a front end that gives no access to its kernel sends a message.
import { drawn, keepKeys } from "./dom.js";

const [WIDE, HIGH, LABEL] = [400, 122, 16]; // of a plot, and of the words below the last one's axis
const EDGE = { left: 42, right: 10, top: 8, bottom: 18 };
const SPOKEN_EVERY = 5000; // ms, at least, between what is read out
const PATIENCE = 8000; // ms after which a Stop counts as not heard

/** Round numbers from 0 to at most `top`, about `many` of them. */
export function ticks(top, many = 4) {
  if (!(top > 0)) return [0];
  const rough = top / many;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const count = Math.floor(top / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/** An SVG path through points; parts where a value is null are left out, values beyond the axis are cut off. */
export function trace(xs, ys, x, y, top) {
  let pen = "M";
  let path = "";
  xs.forEach((value, i) => {
    if (ys[i] === null) return void (pen = "M");
    path += `${pen}${x(value).toFixed(1)},${y(Math.min(ys[i], top)).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

/** Seconds in words. */
export function duration(seconds) {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** A number short enough for a caption. */
export function brief(value) {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** What stands below the title: how far, how fast, how long still. */
export function facts(phase, note, progress) {
  const seen = (progress.seen ?? 0).toLocaleString("en");
  const parts = [progress.total ? `${seen} of ${progress.total.toLocaleString("en")} pictures` : `${seen} pictures`];
  if (progress.speed) parts.push(`${progress.speed.toFixed(0)} pictures a second`);
  if (phase === "training") parts.push(progress.left === null ? "" : `about ${duration(progress.left)} left`);
  else parts.push(note || `${phase} after ${duration(progress.seconds ?? 0)}`);
  if (progress.threads) parts.push(progress.threads);
  return parts.filter(Boolean).join(" · ");
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** Where an axis ends that is to reach `top`: at its next round number. */
export function roundUp(top, many = 3) {
  const step = ticks(top, many)[1] ?? top;
  return Number((Math.ceil(top / step - 1e-9) * step).toPrecision(6)) || 1;
}

/** Axes of a plot from 0 to `right` and 0 to `top`; returns the functions from values to coordinates. */
function axes(svg, right, top) {
  const x = (value) => EDGE.left + ((WIDE - EDGE.left - EDGE.right) * value) / (right || 1);
  const y = (value) => HIGH - EDGE.bottom - ((HIGH - EDGE.top - EDGE.bottom) * value) / (top || 1);
  for (const value of ticks(top, 3)) {
    drawn(svg, "line", { class: "rule", x1: EDGE.left, x2: WIDE - EDGE.right, y1: y(value), y2: y(value) });
    drawn(svg, "text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, String(value));
  }
  for (const value of ticks(right, 4)) {
    const text = value.toLocaleString("en");
    const anchor = value === 0 ? "start" : x(value) > WIDE - 30 ? "end" : "middle";
    drawn(svg, "text", { x: Math.min(x(value), WIDE - 2), y: HIGH - EDGE.bottom + 14, "text-anchor": anchor }, text);
  }
  return [x, y];
}

/** A figure: its caption, the latest value beside it, and an empty drawing with a text alternative. */
function plot(name, more, latest, alternative) {
  const figure = element("figure");
  const caption = element("figcaption");
  const title = element("span", "", name);
  title.append(element("small", "", more));
  caption.append(title, element("b", "", latest));
  const svg = drawn(figure, "svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": alternative });
  figure.prepend(caption);
  return [figure, svg];
}

/** The axis that plots below each other share, named below the last of them. */
function nameAxis(svg) {
  svg.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH + LABEL}`);
  const middle = (EDGE.left + WIDE - EDGE.right) / 2;
  drawn(svg, "text", { x: middle, y: HIGH + LABEL - 5, "text-anchor": "middle" }, "training pictures seen");
}

function lossPlot(loss, right) {
  const { seen = [], raw = [], smooth = [] } = loss;
  const top = roundUp(loss.top ?? 1);
  const last = brief(smooth.at(-1));
  const range = seen.length ? `from ${brief(smooth[0])} to ${last} over ${seen.at(-1)} training pictures` : "no step yet";
  const [figure, svg] = plot("loss", "each step, thin, and smoothed", last, `Loss, ${range}.`);
  const [x, y] = axes(svg, right, top);
  drawn(svg, "path", { class: "raw", d: trace(seen, raw, x, y, top) });
  drawn(svg, "path", { class: "smooth", d: trace(seen, smooth, x, y, top) });
  return figure;
}

function scorePlot(score, right) {
  const { name, more, seen, values } = score;
  const known = values.filter((value) => value !== null);
  const top = more ? 1 : roundUp(1.05 * Math.max(...known, 1e-6));
  const last = brief(values.at(-1));
  const [figure, svg] = plot(name, `validation pictures, ${more ? "higher" : "lower"} is better`, last,
    `${name} on validation pictures after each pass: ${values.slice(-12).map(brief).join(", ")}.`);
  const [x, y] = axes(svg, right, top);
  drawn(svg, "path", { class: "score", d: trace(seen, values, x, y, top) });
  values.forEach((value, i) => {
    if (value !== null && values.length <= 60) drawn(svg, "circle", { class: "dot", cx: x(seen[i]), cy: y(value), r: 3 });
  });
  return figure;
}

function render({ model, el }) {
  const closed = new AbortController();
  const addresses = { truth: [], predicted: [] }; // of pictures, released at the end
  const root = element("div", "vislab-live");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", model.get("title"));
  const head = element("div", "head");
  const state = element("div", "facts");
  const stop = element("button", "", "Stop");
  stop.type = "button";
  stop.title = "stop training and keep the model as it is then";
  const bar = element("div", "bar");
  const filled = element("div");
  bar.append(filled);
  for (const [key, value] of [["role", "progressbar"], ["aria-label", "part of the training that is done"],
    ["aria-valuemin", 0], ["aria-valuemax", 100]]) bar.setAttribute(key, value);
  head.append(element("div", "title", model.get("title")), state, stop, bar);
  const plots = element("div", "plots");
  const samples = element("div", "samples");
  const rows = { truth: element("div", "grid"), predicted: element("div", "grid") };
  const words = element("p", "words");
  const spoken = element("div", "hidden");
  spoken.setAttribute("role", "status"); // read out politely, and seldom
  samples.append(rows.truth, rows.predicted, words, legend(model.get("legend")));
  const body = element("div", "body");
  body.append(plots, samples);
  root.append(head, body, spoken);
  el.append(root);
  keepKeys(root, closed.signal);

  let asked = ""; // "stopping" or, if nothing came of it, "unheard"
  let timer = 0;
  let spokenAt = 0;
  let speaking = 0;

  const curves = () => {
    const scores = model.get("scores");
    const { total, seen = 0 } = model.get("progress");
    const right = Math.max(model.get("phase") === "training" ? total || 0 : 0, seen, 1);
    plots.replaceChildren(lossPlot(model.get("loss"), right), ...scores.map((score) => scorePlot(score, right)));
    nameAxis(plots.lastChild.querySelector("svg"));
  };
  const status = () => {
    const phase = model.get("phase");
    const progress = model.get("progress");
    const share = 100 * (progress.share ?? 0);
    filled.style.width = `${share}%`;
    bar.setAttribute("aria-valuenow", Math.round(share));
    state.textContent = asked === "unheard" && phase === "training"
      ? "The kernel did not react to Stop; the notebook's own stop (■ above) keeps the model too."
      : facts(phase, model.get("note"), progress);
    stop.hidden = phase !== "training";
    stop.disabled = asked === "stopping";
    stop.textContent = asked === "stopping" ? "Stopping …" : "Stop";
    if (phase !== "training") clearTimeout(timer);
  };
  const score = () => {
    const [before, now] = [model.get("before"), model.get("now")];
    const many = model.get("ids").length;
    const these = many === 1 ? "This picture" : `These ${many} pictures`;
    words.textContent = before ? `${these} before: ${before}; now: ${now}.` : now && `${these}: ${now}.`;
  };
  const speak = () => {
    clearTimeout(speaking);
    const over = model.get("phase") !== "training";
    const wait = over ? 0 : spokenAt + SPOKEN_EVERY - Date.now();
    if (wait > 0) return void (speaking = setTimeout(speak, wait));
    spokenAt = Date.now();
    spoken.textContent = `${state.textContent}. ${words.textContent}`;
  };
  const pictures = (which) => {
    addresses[which].forEach((address) => URL.revokeObjectURL(address));
    addresses[which] = [];
    const ids = model.get("ids");
    const name = which === "truth" ? "truth" : "model";
    const tiles = model.get(which).map(({ image, words: below }, i) => {
      const tile = element("div", "tile");
      if (image.byteLength) {
        const shown = element("img");
        shown.src = URL.createObjectURL(new Blob([image], { type: "image/webp" }));
        shown.alt = `${name} of ${ids[i]}: ${below || "see the colours"}`;
        addresses[which].push(shown.src);
        tile.append(shown);
      }
      if (below) tile.append(element("span", "", below));
      return tile;
    });
    rows[which].replaceChildren(element("div", "row", name), ...tiles);
  };
  stop.addEventListener("click", () => {
    const unheard = () => { asked = "unheard"; status(); speak(); };
    const kernel = model.widget_manager?.kernel;
    asked = "stopping";
    status();
    timer = setTimeout(unheard, PATIENCE);
    if (kernel?.interrupt) kernel.interrupt().catch(unheard);
    else model.send({ ask: "stop" });
  }, { signal: closed.signal });
  const listeners = [
    ["change:loss change:scores", curves],
    ["change:progress change:phase change:note", () => { status(); speak(); }],
    ["change:phase", curves],
    ["change:before change:now", () => { score(); speak(); }],
    ["change:truth", () => pictures("truth")],
    ["change:predicted", () => pictures("predicted")],
  ];
  for (const [events, listener] of listeners) model.on(events, listener);
  curves();
  status();
  score();
  pictures("truth");
  pictures("predicted");

  return () => {
    closed.abort();
    clearTimeout(timer);
    clearTimeout(speaking);
    for (const [events, listener] of listeners) model.off(events, listener);
    for (const address of [...addresses.truth, ...addresses.predicted]) URL.revokeObjectURL(address);
    root.remove();
  };
}

/** What the marks in the pictures mean: classes beside their colours. Names are text, whatever they hold. */
function legend(pairs) {
  const list = element("ul", "legend");
  list.hidden = !pairs.length;
  for (const [name, colour] of pairs) {
    const entry = element("li");
    if (colour) entry.append(element("i"));
    if (colour) entry.firstChild.style.background = colour;
    entry.append(element("span", "", name));
    list.append(entry);
  }
  return list;
}

export default { render };
