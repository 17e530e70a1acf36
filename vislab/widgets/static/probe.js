// What if: sliders that change the picture's conditions, and the models' answers while they move.

import { make, slider } from "./dom.js";
import { answerClass, inWords, tableOf } from "./answers.js";
import { unpack } from "./packets.js";
import { Stage } from "./stage.js";

/** A slider's value with as many places as its steps need, and its unit. */
export function inUnits(value, { step, unit }) {
  const places = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  return `${value.toFixed(places)}${unit && ` ${unit}`}`;
}

/** An answer at the start, if it was another one than now, else null. right: the truth's answers at the start. */
export function before(question, now, was, right, labels) {
  const plain = (answer) => inWords(question, answer, null, labels)[0];
  const moved = question.kind === "point" && right && was[question.name]?.hit !== now[question.name]?.hit;
  if (moved) return inWords(question, was, right, labels)[0];
  return plain(was) === plain(now) ? null : plain(was);
}

class Probe extends Stage {
  get request() {
    return "settings";
  }

  chooser() {
    super.chooser(); // of one picture there is nothing to choose
    return make("div", { class: "vislab-row" }, this.title);
  }

  choose() {
    this.title.textContent = `What if: ${this.picture?.id ?? ""}`;
    this.title.title = this.picture?.id ?? "";
  }

  go() {}

  keys() {
    return super.keys("on a slider: ← → a step, PageUp PageDown more, Home End");
  }

  wire() {
    const { about, life } = this;
    this.root.setAttribute("aria-label", "What if: the picture under other conditions");
    this.conditions = about.sliders.map((one) => {
      const control = slider(one.words, { min: one.low, max: one.high, step: one.step, value: one.start });
      life.on(control.input, "input", () => this.move({ [one.name]: Number(control.input.value) }));
      return { ...control, about: one };
    });
    this.reset = make("button", { type: "button" }, "reset");
    this.reset.setAttribute("aria-label", "reset: all sliders back to the original picture");
    life.on(this.reset, "click", () => this.move(Object.fromEntries(about.sliders.map(({ name, start }) => [name, start]))));
    const row = make("div", { class: "vislab-conditions", role: "group", "aria-label": "conditions" }, ...this.conditions.map(({ element }) => element), this.reset);
    this.table = tableOf(about.questions, about.rows, "Answers for this picture as it is now; before an arrow, the answer at the start.");
    this.grid.after(row, make("div", { class: "vislab-caution", hidden: !about.note }, about.note), this.table.element);
    life.watch("settings", () => this.set());
    super.wire();
    this.set();
  }

  /** Ask for other conditions. While a picture is on its way only the last wish counts. */
  move(some) {
    this.wish = { ...this.wanted(), ...some };
    this.set();
    if (!this.busy) this.ask();
  }

  ask() {
    const settings = this.model.get("settings");
    if (this.about.sliders.some(({ name }) => this.wish[name] !== settings[name])) super.ask();
    else this.wish = undefined;
  }

  /** Make the sliders show the wish. */
  set() {
    const settings = this.wanted();
    for (const { input, shown, element, about } of this.conditions) {
      const value = settings[about.name];
      input.value = value;
      shown.textContent = inUnits(value, about);
      input.setAttribute("aria-valuetext", shown.textContent);
      element.classList.toggle("vislab-moved", value !== about.start);
    }
    this.reset.disabled = this.conditions.every(({ about }) => settings[about.name] === about.start);
  }

  async take() {
    const packet = this.model.get("packet"), { error } = packet?.byteLength ? unpack(packet) : {};
    if (error === undefined) return super.take();
    this.answered();
    this.say(`No picture under these conditions: ${error}`);
  }

  rethreshold() {
    const [pane] = this.panes, [height, width] = this.picture?.size ?? [];
    if (this.model.get("pointed") && (pane.height !== height || pane.width !== width)) this.change("pointed", null, false);
    super.rethreshold();
  }

  /** Called when a picture came: show all answers, and those at the start if they differ. */
  rethresholded() {
    const { answers } = this.picture, { start, rows, questions, words } = this.about;
    rows.forEach((row, at) => {
      for (const question of questions) {
        const cell = this.table.cells[at][question.name], asked = at === 0 || row.answered.includes(question.name);
        const [text, wrong] = asked ? inWords(question, answers[at], at ? answers[0] : null, words.labels) : ["–", false];
        const was = asked && before(question, answers[at], start[at], at ? start[0] : null, words.labels);
        cell.replaceChildren(...(was ? [make("span", { class: "vislab-was" }, `${was} → `)] : []), make("span", { class: answerClass(question, wrong) }, text));
        cell.title = asked ? "" : "not trained to answer this";
      }
    });
  }

  taken() {
    this.root.dataset.settings = JSON.stringify(this.picture.settings);
  }

  described() {
    const { answers, settings } = this.picture, { rows, sliders, words } = this.about;
    const moved = sliders.filter((one) => settings[one.name] !== one.start).map((one) => `${one.words} ${inUnits(settings[one.name], one)}`);
    const counting = this.about.questions.find(({ name }) => name === "count");
    const lines = rows.map(({ name, answered: asked }, at) => {
      const now = answers[at], truth = answers[0].count;
      const label = asked.includes("label") && now.label !== null ? words.labels[now.label] : "";
      const count = !asked.includes("count") || now.count === null ? "" : at === 0 ? `${now.count} there` : `counts ${inWords(counting, now, null, [])[0]}${truth === null ? "" : ` of ${truth}`}`;
      return `${name}: ${[label, count].filter(Boolean).join(", ") || "–"}`;
    });
    return [moved.join(", ") || "the original picture", ...lines].join("; ");
  }
}

export default {
  render({ model, el }) {
    const stage = new Probe(model, el);
    return () => stage.end();
  },
};
