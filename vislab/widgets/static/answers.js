// The answers that follow from a painted mask while a threshold moves, and the table of answers. The rules are those of
// vislab.data.vocabulary and vislab.data.convert, and tests hold these functions against them. What the questions are
// called, and their units, comes from Python.

import { held, make } from "./dom.js";
import { IGNORE } from "./painting.js";

/** How many 8-connected patches of a code there are. */
export function components(codes, width, height, code) {
  const seen = new Uint8Array(codes.length), stack = [];
  let count = 0;
  for (let start = 0; start < codes.length; start++) {
    if (codes[start] !== code || seen[start]) continue;
    count++;
    seen[start] = 1;
    stack.push(start);
    while (stack.length) {
      const at = stack.pop(), x = at % width, y = (at - x) / width;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (codes[next] === code && !seen[next]) { seen[next] = 1; stack.push(next); }
        }
      }
    }
  }
  return count;
}

/** Pixels of each code, 256 numbers. */
export function areas(codes) {
  const found = new Array(256).fill(0);
  for (const code of codes) found[code]++;
  return found;
}

const total = (found, names, classes) => names.reduce((sum, name) => sum + found[classes.indexOf(name)], 0);

/** The vocabulary's share of a mask; null where there is nothing to share. */
export function shareOf(codes, { classes, share: [of, among] }) {
  const found = areas(codes);
  const whole = among.length ? total(found, among, classes) : codes.length - found[IGNORE];
  return whole ? total(found, of, classes) / whole : null;
}

/** The label that the vocabulary's rule gives; null without a rule. count: the objects asked for. */
export function labelOf(codes, width, height, count, { classes, rule }) {
  if (!rule) return null;
  if (rule.kind === "ManyObjects") return Number(count > rule.more_than);
  if (rule.kind === "LargestClass") {
    const found = areas(codes).slice(1, classes.length);
    const most = Math.max(...found, 0);
    return most ? found.indexOf(most) + 1 : 0;
  }
  const wanted = rule.classes.map((name) => classes.indexOf(name));
  let hits = 0;
  for (let at = 0; at < codes.length; at++) {
    if (wanted.includes(codes[at]) && inside(rule.zone, ((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height)) hits++;
  }
  return Number(hits >= rule.at_least);
}

/** Whether a place, in fractions of the picture, lies in a convex polygon; everywhere does where there is none. */
export function inside(zone, x, y) {
  return zone.every(([x0, y0], corner) => {
    const [x1, y1] = zone[(corner + 1) % zone.length];
    return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0;
  });
}

/** Label, share and count (of the objects asked for) of what a pane shows. objects: null for a mask without objects. */
export function answersOf({ codes }, objects, threshold, width, height, words) {
  const counted = words.counted.map((name) => words.classes.indexOf(name));
  const count = objects
    ? objects.scores.filter((score, at) => score >= threshold && counted.includes(objects.classes[at])).length
    : counted.reduce((sum, code) => sum + components(codes, width, height, code), 0);
  return { label: labelOf(codes, width, height, count, words), share: shareOf(codes, words), count };
}

/** Whether a pixel is one to point at: of the classes that "where?" asks for, inside the rule's zone. */
function wanted(codes, at, width, height, { classes, targets, rule }) {
  if (!targets.includes(classes[codes[at]])) return false;
  return inside(rule?.zone ?? [], ((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height);
}

/** The pixel that a pane points at, or null: the surest of a mask, the middle of the best object that is a target. */
export function pointOf({ codes, ids }, prediction, width, height, words) {
  const places = [];
  for (let at = 0; at < codes.length; at++) if (wanted(codes, at, width, height, words)) places.push(at);
  if (places.length < (words.rule?.at_least ?? 1)) return null;
  if (!ids) {
    const maps = prediction.classes.map((code, map) => (words.targets.includes(words.classes[code]) ? map * codes.length : -1)).filter((from) => from >= 0);
    const sure = (at) => maps.reduce((sum, from) => sum + prediction.probabilities[from + at], 0);
    return places.reduce((best, at) => (sure(at) > sure(best) ? at : best));
  }
  const best = places.reduce((id, at) => (id && prediction.objects.scores[id - 1] >= prediction.objects.scores[ids[at] - 1] ? id : ids[at]), 0);
  const own = places.filter((at) => ids[at] === best);
  const x = own.reduce((sum, at) => sum + (at % width), 0) / own.length, y = own.reduce((sum, at) => sum + Math.floor(at / width), 0) / own.length;
  const far = (at) => ((at % width) - x) ** 2 + (Math.floor(at / width) - y) ** 2;
  return own.reduce((near, at) => (far(at) < far(near) ? at : near));
}

/** Whether a pixel hits the truth's target; null where the truth holds none. point: a pixel or null. */
export function hits(codes, point, width, height, words) {
  if (!codes) return null;
  let there = 0;
  for (let at = 0; at < codes.length; at++) there += wanted(codes, at, width, height, words);
  if (there < (words.rule?.at_least ?? 1)) return null;
  return point !== null && wanted(codes, point, width, height, words);
}

/** An answer in words, and whether it is wrong. question: as Python's Question says; there: the truth's answers, null in its own row. */
export function inWords(question, now, there, labels) {
  const value = now[question.name], right = there?.[question.name] ?? null;
  if (value === undefined) return ["?", false]; // known for the threshold as chosen alone
  if (question.kind === "point") return pointInWords(value, there);
  if (value === null) return [there ? "none" : "?", false];
  if (question.kind === "label") return [labels[value] + (right === null ? "" : right === value ? " ✓" : " ✗"), right !== null && right !== value];
  const places = question.scale === 1 && Number.isInteger(value) ? 0 : 1, text = `${(question.scale * value).toFixed(places)}${question.sign}`;
  if (right === null) return [text, false];
  const off = question.scale * (value - right), size = Math.abs(off);
  return [size < 0.05 ? `${text} ✓` : `${text} (${off > 0 ? "+" : "−"}${size.toFixed(places)})`, size >= question.scale * question.notable];
}

function pointInWords(value, there) {
  if (value === null) return ["?", false];
  if (!there) return [value.pointed ? "there is one" : "nowhere", false];
  if (value.hit === null) return [value.pointed ? "points at one" : "nowhere", false];
  return value.hit ? ["hit ✓", false] : [value.pointed ? "missed ✗" : "nowhere ✗", true];
}

/** The class of an answer's element: numbers stay whole where a line ends. */
export function answerClass({ kind }, wrong) {
  return `${wrong ? "vislab-wrong" : ""} ${kind === "label" ? "" : "vislab-figure"}`;
}

/** A table of answers: a column for each question, with its words below; a row for each of `rows`, and its cells by question. */
export function tableOf(questions, rows, words) {
  const cells = rows.map(() => Object.fromEntries(questions.map(({ name }) => [name, make("td")])));
  const heads = questions.map(({ heading, words: asked }) => make("th", { scope: "col" }, heading, make("small", {}, asked)));
  const lines = rows.map(({ name }, at) => make("tr", {}, make("th", { scope: "row", title: name }, name), ...Object.values(cells[at])));
  const table = make("table", {}, make("caption", {}, ...held(words)), make("thead", {}, make("tr", {}, make("td"), ...heads)), make("tbody", {}, ...lines));
  return { cells, element: make("div", { class: "vislab-answers" }, table) };
}
