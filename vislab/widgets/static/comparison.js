// The Comparison: the Viewer, an order of pictures, and the four questions with everybody's answers.

import { make } from "./dom.js";
import { answerClass, answersOf, hits, inWords, pointOf, tableOf } from "./answers.js";
import { Stage } from "./stage.js";

class Comparison extends Stage {
  wire() {
    const { about, life } = this;
    this.order = make("select", { "aria-label": "order of the pictures" }, ...about.orders.map((name) => make("option", { value: name }, name)));
    this.often = make("span", { class: "vislab-often" });
    this.row.append(make("label", {}, "order", this.order), this.often);
    life.on(this.order, "change", () => this.change("order", this.order.value));
    life.watch("order", () => { this.order.value = this.model.get("order"); });
    this.order.value = this.model.get("order");
    const caption = `Answers for this picture; below each, over all ${about.n} pictures with thresholds as chosen (95 % intervals).`;
    this.table = tableOf(about.questions, about.rows, caption);
    this.grid.after(this.table.element);
    super.wire();
  }

  /** What a row answers now: as Python says, or from what its pane shows while a threshold is moved. */
  answers(at) {
    const sent = this.picture.answers[at], pane = this.panes.find((one) => one.about.index === at - 1);
    if (at === 0 || !pane || pane.threshold === pane.about.threshold) return sent;
    if (pane.about.task === "classification") return { ...sent, label: pane.predictedLabel() };
    const { width, height, painted, prediction, truth } = pane, { words, rows } = this.about;
    const point = pointOf(painted, prediction, width, height, words);
    const found = answersOf(painted, prediction.objects ?? null, pane.threshold, width, height, words);
    found.point = { pointed: point !== null, hit: hits(truth.codes, point, width, height, words) };
    return Object.fromEntries(rows[at].answered.map((name) => [name, found[name]]));
  }

  /** Called whenever a picture came or a threshold moved. */
  rethresholded() {
    const { rows, questions, words } = this.about, truth = this.picture.answers[0];
    this.often.textContent = this.picture.often;
    rows.forEach((row, at) => {
      const now = this.answers(at);
      for (const question of questions) {
        const answered = at === 0 || row.answered.includes(question.name);
        const [text, wrong] = answered ? inWords(question, now, at ? truth : null, words.labels) : ["–", false];
        const cell = this.table.cells[at][question.name], overall = row.overall[question.name];
        cell.replaceChildren(make("span", { class: answerClass(question, wrong) }, text));
        cell.title = answered ? "" : "not trained to say";
        if (overall) cell.append(make("small", {}, ...errorInWords(question, overall)));
      }
    });
  }
}

/** An error over all pictures with its interval: parts that stay whole where a line ends. */
function errorInWords({ column, sign, scale, decimals }, [mean, low, high]) {
  const number = (value) => (scale * value).toFixed(decimals);
  const whole = (text) => make("span", { class: "vislab-figure" }, text);
  return [`${column} `, whole(`${number(mean)}${sign}`), " ", whole(`(${number(low)}–${number(high)})`)];
}

export default {
  render({ model, el }) {
    const stage = new Comparison(model, el);
    return () => stage.end();
  },
};
