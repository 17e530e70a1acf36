// The Comparison: the Viewer, an order of pictures, and the four questions with everybody's answers.

import { make } from "./dom.js";
import { QUESTIONS, answersOf, hits, inWords, pointOf } from "./answers.js";
import { Stage } from "./stage.js";

const OVERALL = { label: ["wrong", " %", 100, 1], share: ["off by", " points", 100, 1], count: ["off by", "", 1, 2], where: ["missed", " %", 100, 1] };

class Comparison extends Stage {
  wire() {
    const { about, life } = this;
    this.order = make("select", { "aria-label": "order of the pictures" }, ...about.orders.map((name) => make("option", { value: name }, name)));
    this.often = make("span", { class: "vislab-often" });
    this.row.append(make("label", {}, "order", this.order), this.often);
    life.on(this.order, "change", () => this.change("order", this.order.value));
    life.watch("order", () => { this.order.value = this.model.get("order"); });
    this.order.value = this.model.get("order");
    this.cells = about.rows.map(() => Object.fromEntries(Object.keys(QUESTIONS).map((question) => [question, make("td")])));
    this.grid.after(this.table());
    super.wire();
  }

  table() {
    const { rows, questions } = this.about;
    const heads = Object.values(QUESTIONS).map(([name, key]) => make("th", { scope: "col" }, name, make("small", {}, questions[key] ?? "")));
    const lines = rows.map((row, at) => make("tr", {}, make("th", { scope: "row", title: row.name }, row.name), ...Object.values(this.cells[at])));
    const caption = make("caption", {}, `Answers for this picture; below each, over all ${this.about.n} pictures with thresholds as chosen (95 % intervals).`);
    return make("div", { class: "vislab-answers" }, make("table", {}, caption, make("thead", {}, make("tr", {}, make("td"), ...heads)), make("tbody", {}, ...lines)));
  }

  /** What a row answers now: as Python says, or from what its pane shows while a threshold is moved. */
  answers(at) {
    const kept = this.picture.answers[at], pane = this.panes.find((one) => one.about.place === at - 1);
    if (at === 0 || !pane || pane.threshold === pane.about.threshold) return kept;
    const asked = this.about.rows[at].asked, now = { ...kept };
    if (pane.about.task === "classification") {
      now.label = pane.saidLabel();
      return now;
    }
    const { width, height, painted, said, truth } = pane, { words } = this.about;
    const found = answersOf(painted, said.objects ?? null, pane.threshold, width, height, words);
    for (const question of ["label", "share", "count"]) if (asked.includes(question)) now[question] = found[question];
    if (asked.includes("where")) {
      const point = pointOf(painted, said, width, height, words);
      Object.assign(now, { pointed: point !== null, hit: hits(truth.codes, point, width, height, words) });
    }
    return now;
  }

  /** Called whenever a picture came or a threshold moved. */
  rethresholded() {
    const { rows, words } = this.about, there = this.picture.answers[0];
    this.often.textContent = this.picture.often;
    rows.forEach((row, at) => {
      const now = this.answers(at);
      for (const question of Object.keys(QUESTIONS)) {
        const [text, wrong] = at && !row.asked.includes(question) ? ["–", false] : inWords(question, now, at ? there : null, words.labels);
        const cell = this.cells[at][question], overall = row.overall[question];
        cell.replaceChildren(make("span", { class: wrong ? "vislab-wrong" : "" }, text));
        cell.title = text === "–" ? "not trained to say" : "";
        if (overall) cell.append(make("small", {}, told(question, overall)));
      }
    });
  }
}

/** An error over all pictures with its interval. */
function told(question, [mean, low, high]) {
  const [words, unit, size, places] = OVERALL[question], number = (value) => (size * value).toFixed(places);
  return `${words} ${number(mean)}${unit} (${number(low)}–${number(high)})`;
}

export default {
  render({ model, el }) {
    const stage = new Comparison(model, el);
    return () => stage.end();
  },
};
