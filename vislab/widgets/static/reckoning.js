// What hours of labelling buy, as vislab/budgets reckons it: a test finds both the same. Hours, and errors as fractions.

export const UNREACHED = "not reached in the measured range", UNPRICED = "hours not known", UNASKED = "not trained to say";

/** A curve's [mean, low, high] at a number of pictures: the last above what was measured, null below it. */
export function between(points, pictures) {
  if (!points.length || pictures < points[0][0]) return null;
  for (let i = 1; i < points.length; i++) {
    const [few, ...a] = points[i - 1], [many, ...b] = points[i];
    if (pictures === few) return a;
    if (pictures < many) {
      const share = Math.log(pictures / few) / Math.log(many / few);
      return a.map((value, end) => value + share * (b[end] - value));
    }
  }
  return points.at(-1).slice(1);
}

export const hasHours = (line) => line.each !== null && line.each > 0 && line.fixed !== null;
export const hoursOf = (line, pictures) => (hasHours(line) ? line.fixed + line.each * pictures : NaN);

/** What one curve would answer for so many hours. at: the pictures it is read at, null where nothing can be said. */
export function buy(line, hours) {
  if (!hasHours(line)) return { pictures: null, at: null, left: 0, why: UNPRICED, answers: {} };
  const pictures = Math.max(0, Math.floor((hours - line.fixed) / line.each + 1e-6)), [fewest, most] = [line.sizes[0], line.sizes.at(-1)];
  if (pictures < fewest) {
    const why = `too few hours: ${spent(hoursOf(line, fewest))} needed for its smallest measured set (${whole(fewest)} pictures)`;
    return { pictures, at: null, left: 0, why, answers: {} };
  }
  const at = Math.min(pictures, most), left = pictures > most ? hours - hoursOf(line, most) : 0;
  const why = [pictures > most ? `no more was measured: ${spent(left)} left over` : "", line.sizes.length === 1 ? "measured at one number of pictures alone" : ""];
  const answers = Object.fromEntries(Object.entries(line.curves).map(([question, points]) => [question, between(points, at)]));
  return { pictures, at, left, why: why.filter(Boolean).join("; "), answers };
}

/** How one curve comes to an error: where its mean first does, and where its whole interval first does. */
export function routeTo(line, question, error) {
  const points = line.curves[question];
  if (!points.length) return { line, first: null, sure: null, why: UNASKED };
  const [first, sure] = [1, 3].map((end) => crossing(line, points, error, end));
  return { line, first, sure, why: first === null ? UNREACHED : hasHours(line) ? "" : UNPRICED };
}

function crossing(line, points, error, end) {
  const at = points.findIndex((point) => point[end] <= error);
  if (at < 0) return null;
  let [pictures] = points[at];
  if (at > 0) {
    const few = points[at - 1][0], share = (points[at - 1][end] - error) / (points[at - 1][end] - points[at][end]);
    pictures = Math.ceil(few * (pictures / few) ** share - 1e-6);
  }
  return { pictures, hours: hoursOf(line, pictures), reading: between(points, pictures) };
}

/** The way to an error that takes the fewest hours; null where none is known. */
export function cheapestRoute(lines, question, error) {
  const known = lines.map((line) => routeTo(line, question, error)).filter((route) => route.first && !route.why);
  return known.reduce((best, route) => (best && best.first.hours <= route.first.hours ? best : route), null);
}

/** The cheapest way in words. */
export function inSentence(lines, question, error) {
  const route = cheapestRoute(lines, question.name, error), short = String(Number((question.scale * error).toPrecision(3)));
  const wanted = question.required.replace("{}", short + question.sign);
  if (!route) return `${wanted}: ${UNREACHED} by any task whose hours are known.`;
  const text = `${wanted}: cheapest by ${route.line.name}, ${spent(route.first.hours)} for ${whole(route.first.pictures)} pictures`;
  if (route.sure?.pictures === route.first.pictures) return `${text}; with its whole interval, too.`;
  if (!route.sure) return `${text}; with its whole interval nowhere in the measured range.`;
  return `${text}; with its whole interval from ${spent(route.sure.hours)} (${whole(route.sure.pictures)} pictures) on.`;
}

export const whole = (number) => Math.round(number).toLocaleString("en");

/** Hours as a person says them. */
export function spent(hours) {
  const short = (value) => value.toFixed(1).replace(/\.0$/, "");
  if (3600 * hours < 59.5) return `${short(3600 * hours)} s`;
  if (60 * hours < 59.5) return `${short(60 * hours)} min`;
  return `${hours < 99.95 ? short(hours) : whole(hours)} h`;
}

/** Hours as working time: days of 8 hours, weeks of 40; "" below a day. */
export function asWork(hours) {
  if (hours < 8) return "";
  const [many, one, number] = hours < 40 ? ["working days of 8 h", "working day of 8 h", hours / 8] : ["working weeks of 40 h", "working week of 40 h", hours / 40];
  const short = number < 10 ? number.toFixed(1).replace(/\.0$/, "") : whole(number);
  return `${short} ${short === "1" ? one : many}`;
}

/** An error, and its interval, in the question's unit. */
export function errorCell({ scale, sign, decimals }, [mean, low, high]) {
  const shown = (value) => (scale * value).toFixed(scale * mean < 100 ? decimals : 0);
  return [`${shown(mean)}${sign}`, `(${shown(low)}–${shown(high)})`];
}

/** The task with the lowest mean error on a question, and those whose intervals overlap its own; null if none was measured. */
export function lowest(bought, question) {
  const there = bought.filter(({ answers }) => answers[question]);
  if (!there.length) return null;
  const best = there.reduce((a, b) => (b.answers[question][0] < a.answers[question][0] ? b : a));
  return { best, near: there.filter((one) => one !== best && one.answers[question][1] <= best.answers[question][2]) };
}

/** Marks of an axis from 0 to at least `top`, about five. */
export function evenMarks(top) {
  const power = 10 ** Math.floor(Math.log10(top / 4)), step = [1, 2, 5, 10].map((m) => m * power).find((one) => top / one <= 5);
  return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
