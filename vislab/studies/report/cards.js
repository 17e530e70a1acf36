// The cards of advice, decided anew when the reader moves a margin or chooses whose seconds count as hours of labels.
// The rule is that of vislab/studies/claims/deciding.py, its sentences those of claims/card.py; a test holds both alike.
"use strict";
const told = JSON.parse(document.getElementById("advice").textContent);

function ends([difference, low, high]) {
  return { difference, low: low ?? -Infinity, high: high ?? Infinity };
}

function stateOf(one, margin) {
  const behind = ends(one.behind), gain = one.gain && ends(one.gain);
  const proven = !gain || gain.high < 0;
  if (!proven && gain.low > -margin) return "USELESS";
  if (behind.low >= margin) return "WORSE";
  if (!proven) return "UNPROVEN";
  if (behind.high < margin) return "GOOD";
  return behind.low > 0 ? "PERHAPS" : "OPEN";
}

function squared(interval, bound) {
  const { difference, low, high } = interval, room = Math.abs(difference - bound);
  const half = difference < bound ? high - difference : difference - low;
  return room > 0 ? (half / room) ** 2 : Infinity;
}

function timesOf(one, margin, state) {
  if (state !== "UNPROVEN") return squared(ends(one.behind), margin);
  const gain = ends(one.gain), bounds = [];
  if (gain.difference < 0) bounds.push(0);
  if (gain.difference > -margin) bounds.push(-margin);
  return Math.min(...bounds.map((bound) => squared(gain, bound)));
}

// own: seconds of the reader's for a label and for an outline; clicks stay as published.
function hoursOf(one, whose, own) {
  if (whose in one.hours) return one.hours[whose];
  const by = { classification: own.label / told.label, semantic: own.outline / told.outline };
  return one.hours.published === undefined || one.hours.published === null
    ? null
    : one.hours.published * (by[one.task === "instance" ? "semantic" : one.task] ?? 1);
}

function cheapToDear(card, whose, own) {
  const hours = new Map(card.contenders.map((one) => [one, hoursOf(one, whose, own)]));
  if ([...hours.values()].includes(null)) return card.contenders;
  return [...card.contenders].sort((a, b) => hours.get(a) - hours.get(b));
}

function decide(card, margin, whose = "published", own = told) {
  const states = Object.fromEntries(card.contenders.map((one) => [one.task, stateOf(one, margin)]));
  const order = cheapToDear(card, whose, own), tasks = order.map((one) => one.task);
  const good = tasks.findIndex((task) => states[task] === "GOOD");
  const unsettled = (good < 0 ? order : order.slice(0, good)).filter(({ task }) =>
    ["OPEN", "PERHAPS", "UNPROVEN"].includes(states[task]));
  const last = good < 0 ? [] : [tasks[good]];
  if (unsettled.length) {
    const times = Math.max(...unsettled.map((one) => timesOf(one, margin, states[one.task])));
    return { outcome: "OPEN", tasks: [...unsettled.map((one) => one.task), ...last], states, times };
  }
  const outcome = good < 0 ? "NOBODY" : card.trainings < told.enough ? "PROVISIONAL" : "SETTLED";
  return { outcome, tasks: last, states, times: 1 };
}

function fill(text, ...values) {
  return values.reduce((filled, value) => filled.replace("{}", value), text);
}

function headline(decision, baseline) {
  const { outcome, tasks } = decision, texts = told.words;
  if (outcome === "SETTLED") return fill(texts.use, tasks[0]);
  if (outcome === "PROVISIONAL") return fill(texts.provisional, tasks[0]);
  if (outcome === "NOBODY") return texts.nobody;
  const between = tasks.length === 1 ? [baseline, ...tasks] : tasks;
  const all = [between.slice(0, -1).join(", "), between.at(-1)].filter(Boolean).join(" or ");
  return fill(texts.open, all);
}

function roundUp(value) {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.trunc(Math.ceil(value / step - 1e-9) * step);
}

function wouldSettle(decision, card) {
  if (decision.outcome !== "OPEN") return "";
  const { times } = decision, { trainings, test } = card, number = (value) => value.toLocaleString("en");
  if (times > told.most) return told.words.tooClose;
  if (trainings < told.enough) return fill(told.words.pictures, number(roundUp(times * test)), number(test));
  return fill(told.words.trainings, number(Math.max(trainings + 1, roundUp(times * trainings))), trainings);
}

function inWords(hours) {
  const short = (value) => value.toFixed(1).replace(/\.0$/, "");
  for (const [value, unit] of [[3600 * hours, "s"], [60 * hours, "min"]]) if (value < 59.5) return `${short(value)} ${unit}`;
  return `${hours < 99.95 ? short(hours) : Math.round(hours).toLocaleString("en")} h`;
}

function show(box, card, whose, own) {
  const slider = box.querySelector("input[type=range]"), margin = Number(slider.value) / card.scale;
  const decision = decide(card, margin, whose, own), list = box.querySelector(".contenders");
  box.querySelector("output").textContent = slider.value;
  box.querySelector(".headline").textContent = headline(decision, card.baseline);
  box.querySelector(".settle").textContent = wouldSettle(decision, card);
  for (const one of cheapToDear(card, whose, own)) {
    const row = [...list.children].find((item) => item.dataset.task === one.task), hours = hoursOf(one, whose, own);
    row.querySelector(".state").textContent = told.words.states[decision.states[one.task]];
    row.querySelector(".hours").textContent = hours === null ? "" : `, ${inWords(hours)} of labels`;
    list.append(row);
  }
}

function start() {
  const prices = document.getElementById("whose"), field = (name) => prices.elements[name];
  const boxes = told.cards.map((card, at) => [document.querySelector(`[data-card="${at}"]`), card]);
  const live = boxes.filter(([, card]) => card);
  const all = () => {
    const number = (name) => (field(name).value > 0 ? Number(field(name).value) : told[name]);
    const own = { label: number("label"), outline: number("outline") };
    for (const [box, card] of live) show(box, card, field("whose").value, own);
  };
  prices.hidden = false;
  prices.addEventListener("input", all);
  for (const [box] of live) {
    box.querySelector(".slider").hidden = false;
    box.querySelector(".fixed").hidden = true;
    box.addEventListener("input", all);
  }
}

start();
