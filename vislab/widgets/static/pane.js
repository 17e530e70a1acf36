// One pane: a picture with a layer over it, the reading at a pixel, and a threshold.

import { make, slider, sheet, fillCanvas } from "./dom.js";
import { IGNORE, ERRORS, classTiles, tiles, classify, enlargement, errors, ofThings, outline, packed, paint, paintObjects, shaded, visible } from "./painting.js";

const THRESHOLDS = { points: "score from", detection: "score from", instance: "score from", semantic: "from probability", classification: "from probability" };
const CAPTIONS = { picture: "without any marks", truth: "what is really there", classification: "a model: one word for the picture", points: "a model: a dot on each object", detection: "a model: a box around each object", semantic: "a model: a class for each pixel", instance: "a model: each object by itself" };
const INSTEAD = { truth: "now showing the truth", errors: "now showing its mistakes", none: "now showing the picture" };
export const MOST_LIKELY = "most likely class";
const errorTiles = tiles(ERRORS);

export class Pane {
  constructor(about, number, life) {
    this.words = about.words;
    this.about = about.panes[number];
    this.number = number;
    this.overlay = sheet(1, 1);
    this.canvas = make("canvas", { class: "vislab-pane", tabIndex: 0, role: "img", width: 2, height: 2 });
    this.canvas.style.aspectRatio = `${about.size[1]} / ${about.size[0]}`;
    this.verdict = make("span", { class: "vislab-verdict" });
    this.reading = make("div", { class: "vislab-reading" });
    this.beside = make("b");
    this.caption = make("small");
    const names = make("div", { class: "vislab-names" }, make("b", { title: this.about.name }, this.about.name), this.beside);
    const heading = make("div", { class: "vislab-heading" }, names, this.caption, this.verdict);
    this.element = make("div", { class: "vislab-cell" }, heading, this.canvas, this.reading);
    if (this.about.adjustable) {
      this.control = slider(`${this.about.name}: ${this.target()}${THRESHOLDS[this.about.task]}`);
      this.control.element.firstChild.textContent = `${this.target()}${THRESHOLDS[this.about.task]}`;
      const start = this.about.threshold === null ? MOST_LIKELY : "chosen on the validation set";
      this.reset = make("button", { type: "button", class: "vislab-small", "aria-label": `${this.about.name}: back to ${start}` }, start);
      this.element.append(make("div", { class: "vislab-threshold" }, this.control.element, this.reset));
    }
    life.after(() => Object.assign(this.overlay, { width: 0, height: 0 }));
    life.after(() => Object.assign(this.canvas, { width: 0, height: 0 }));
  }

  /** The classes or the label of a threshold, which begin its name. */
  target() {
    if (this.about.task === "semantic") return `${this.words.targets.join(" or ")} `;
    return this.about.task === "classification" ? `${this.words.labels.at(-1)} ` : "";
  }

  /** Take another picture or threshold: what the pane shows, as codes and ids. */
  take(picture, threshold) {
    const [height, width] = picture.size;
    Object.assign(this, { picture, width, height, threshold });
    this.truth = { codes: picture.truth.semantic, ids: picture.truth.ids };
    const prediction = this.about.task === "truth" ? null : picture.panes[this.about.index];
    this.prediction = prediction;
    if (this.about.task === "truth") this.painted = this.truth;
    else if (prediction?.objects) this.painted = paintObjects(prediction.objects, width, height, threshold ?? 0);
    else if (prediction?.probabilities) {
      const targets = this.words.targets.map((name) => this.words.classes.indexOf(name));
      this.painted = { codes: classify(prediction.probabilities, prediction.classes, width * height, targets, threshold), ids: null };
    } else this.painted = { codes: null, ids: null };
    this.label();
  }

  /** The label that the scores give at the threshold; null without scores. */
  predictedLabel() {
    const scores = this.prediction?.scores;
    if (!scores?.length) return null;
    if (this.threshold !== null && scores.length === 2) return Number(scores[1] >= this.threshold);
    return scores.indexOf(Math.max(...scores));
  }

  label() {
    const { labels } = this.words, truth = this.picture.truth.label, predicted = this.predictedLabel();
    if (this.about.task === "truth") this.verdict.textContent = truth === null ? "" : labels[truth];
    else if (predicted === null) this.verdict.textContent = "";
    else {
      const mark = truth === null ? "" : predicted === truth ? " ✓" : " ✗";
      this.verdict.textContent = `${labels[predicted]} ${this.prediction.scores[predicted].toFixed(2)}${mark}`;
      this.verdict.classList.toggle("vislab-wrong", mark === " ✗");
    }
  }

  /** Paint the layer anew: layer is "prediction", "truth", "errors" or "none". */
  repaint({ layer, outlined, hidden }) {
    const { width, height } = this, k = enlargement(width, height), own = CAPTIONS[this.about.task] ?? "";
    if (layer === "errors" && ["points", "detection"].includes(this.about.task)) layer = "prediction"; // marks are no masks
    this.caption.textContent = (this.predicts && INSTEAD[layer]) || own;
    const ofTruth = this.about.task === "truth" || layer === "truth";
    const { codes, ids } = ofTruth ? this.truth : this.painted;
    this.covered = layer !== "none" && codes !== null && this.about.task !== "picture";
    if (layer === "errors" && this.about.task === "truth") layer = "prediction";
    if (layer === "errors") this.covered &&= this.truth.codes !== null;
    this.mistaken = this.covered && layer === "errors";
    if (!this.covered) return;
    let pixels;
    if (this.mistaken) {
      const { classes, things } = this.words;
      const truth = this.about.task === "instance" ? ofThings(this.truth.codes, classes, things) : this.truth.codes;
      pixels = paint(errors(truth, codes), width, height, k, errorTiles);
    } else {
      const shown = ids ? shaded(codes, ids, width, height) : codes;
      pixels = !outlined ? paint(shown, width, height, k, classTiles(this.words.colours, hidden)) : new Uint32Array(width * height * k * k);
      const lines = this.words.colours.map((colour, code) => (code === 0 || hidden.includes(code) ? 0 : packed(outlined ? colour : "#ffffff")));
      if (outlined || ids) outline(pixels, codes, ids ?? codes, width, height, k, lines);
    }
    fillCanvas(this.overlay, pixels, width * k, height * k);
  }

  /** Put picture, layer, marks on the canvas. */
  draw({ opacity, view, pointed }, pen = this.canvas.getContext("2d"), from = 0) {
    const { canvas, width, height } = this;
    if (!this.picture || !canvas.width) return;
    const part = visible(view, width, height), across = canvas.width / part.width, down = canvas.height / part.height;
    const source = (k) => [part.left * k, part.top * k, part.width * k, part.height * k, 0, 0, pen.canvas.width, pen.canvas.height];
    pen.save();
    if (from) {
      pen.beginPath();
      pen.rect(from, 0, pen.canvas.width, pen.canvas.height);
      pen.clip();
    }
    pen.imageSmoothingEnabled = across < 2;
    if (this.mistaken) pen.filter = "grayscale(1) contrast(0.6) brightness(1.2)"; // errors are few and thin: let them stand out
    pen.drawImage(this.picture.bitmap, ...source(1));
    pen.filter = "none";
    if (this.covered) {
      pen.globalAlpha = this.mistaken ? 1 : opacity;
      pen.drawImage(this.overlay, ...source(this.overlay.width / width));
      pen.globalAlpha = 1;
    }
    const onCanvas = ([x, y]) => [(x - part.left) * across, (y - part.top) * down];
    if (this.prediction?.point) this.ring(pen, onCanvas(this.prediction.point));
    if (pointed) this.cross(pen, onCanvas(pointed), across, down);
    pen.restore();
  }

  /** A classifier's point: a ring, dark in light. */
  ring(pen, [x, y]) {
    const radius = Math.max(6, pen.canvas.width / 40);
    for (const [colour, wide] of [["#000", 5], ["#fff", 2.5]]) {
      Object.assign(pen, { strokeStyle: colour, lineWidth: wide });
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  /** The pixel that is read: its border, and lines that lead to it. */
  cross(pen, [x, y], across, down) {
    const arm = Math.max(8, pen.canvas.width / 30);
    for (const [colour, wide] of [["#000", 3], ["#fff", 1.5]]) {
      Object.assign(pen, { strokeStyle: colour, lineWidth: wide });
      pen.strokeRect(x, y, across, down);
      pen.beginPath();
      for (const side of [-1, 1]) {
        const edge = side < 0 ? 0 : 1;
        pen.moveTo(x + edge * across + 2 * side, y + down / 2);
        pen.lineTo(x + edge * across + arm * side, y + down / 2);
        pen.moveTo(x + across / 2, y + edge * down + 2 * side);
        pen.lineTo(x + across / 2, y + edge * down + arm * side);
      }
      pen.stroke();
    }
  }

  get predicts() {
    return this.about.task !== "truth" && this.about.task !== "picture";
  }

  /** What stands below a pane while no pixel is read. */
  hint(predicted) {
    if (this.about.task === "picture" && predicted) return "Point at a pixel to read it. Click, then hold T: the truth.";
    return this.prediction?.point ? "ring: what speaks most for this word" : "";
  }

  /** The reading at a pixel in words: class, probability, object. */
  read([x, y]) {
    if (this.about.task === "picture") return `row ${y}, column ${x}`;
    const at = y * this.width + x, { classes } = this.words, { codes, ids } = this.painted;
    if (!codes) return "";
    if (codes[at] === IGNORE) return "ignored: no label here";
    const words = [classes[codes[at]]];
    if (this.prediction?.probabilities) {
      const pixels = this.width * this.height;
      words[0] += ` ${(this.chance(codes[at], at, pixels) / 255).toFixed(2)}`;
      const others = this.prediction.classes.filter((code) => code !== codes[at]).map((code) => [this.chance(code, at, pixels), code]);
      const [second, code] = others.sort(([a], [b]) => b - a)[0] ?? [0];
      if (second > 12) words.push(`${classes[code]} ${(second / 255).toFixed(2)}`);
    }
    if (ids?.[at]) words.push(`object ${ids[at]}`);
    if (ids?.[at] && this.prediction?.objects) words.push(`score ${this.prediction.objects.scores[ids[at] - 1].toFixed(2)}`);
    return words.join(", ");
  }

  chance(code, at, pixels) {
    const map = this.prediction.classes.indexOf(code);
    return map < 0 ? 0 : this.prediction.probabilities[map * pixels + at];
  }
}
