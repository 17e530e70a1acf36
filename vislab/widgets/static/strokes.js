// Strokes before Python hears of them: the brush, the corners of an outline, and the clock. Pure functions.

export const UNTOUCHED = 255; // a pixel that nobody painted; what the eraser leaves
export const PROPOSED = "proposed"; // the origin of an object that nobody has accepted yet

/** Paint a brush's path into codes (row by row), as vislab.widgets.labeller.strokes.brush does: pixels whose middle is within half
 *  the brush's width of it. points: whole pixels [x, y]. */
export function brushed(codes, width, height, points, size, value) {
  const reach = size / 2;
  for (let at = 0; at < Math.max(1, points.length - 1); at++) {
    const [x0, y0] = points[at], [x1, y1] = points[Math.min(at + 1, points.length - 1)];
    const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy || 1;
    const right = Math.min(width - 1, Math.floor(Math.max(x0, x1) + reach)), bottom = Math.min(height - 1, Math.floor(Math.max(y0, y1) + reach));
    for (let y = Math.max(0, Math.ceil(Math.min(y0, y1) - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.ceil(Math.min(x0, x1) - reach)); x <= right; x++) {
        const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
        if ((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2 <= reach * reach + 1e-9) codes[y * width + x] = value;
      }
    }
  }
  return codes;
}

/** The corners that keep a freehand line within `tolerance` of what was drawn (Douglas & Peucker 1973). */
export function simplified(points, tolerance) {
  if (points.length < 3) return points;
  const [x0, y0] = points[0], [x1, y1] = points.at(-1), length = Math.hypot(x1 - x0, y1 - y0);
  let far = 0, farthest = 0;
  for (let at = 1; at < points.length - 1; at++) {
    const [x, y] = points[at];
    const away = length ? Math.abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length : Math.hypot(x - x0, y - y0);
    if (away > far) { far = away; farthest = at; }
  }
  if (far <= tolerance) return [points[0], points.at(-1)];
  return [...simplified(points.slice(0, farthest + 1), tolerance).slice(0, -1), ...simplified(points.slice(farthest), tolerance)];
}

/** Whether a point is inside an outline, by the even-odd rule. */
export function encloses(points, [x, y]) {
  let inside = false;
  for (let at = 0, last = points.length - 1; at < points.length; last = at++) {
    const [ax, ay] = points[at], [bx, by] = points[last];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** Seconds of work: it runs from one sign of activity to the next, and for IDLE ms at most after the last. */
export const IDLE = 3000;
export class Clock {
  spent = 0; // ms
  since = null; // when the last sign was, null while it is stopped

  /** A hand moves. */
  touch(now) {
    this.spent = 1000 * this.seconds(now);
    this.since = now;
  }

  /** The hand has left. */
  stop(now) {
    this.spent = 1000 * this.seconds(now);
    this.since = null;
  }

  running(now) {
    return this.since !== null && now - this.since < IDLE;
  }

  seconds(now) {
    return (this.spent + (this.since === null ? 0 : Math.min(now - this.since, IDLE))) / 1000;
  }

  /** The seconds so far, which begin anew; a clock that runs goes on. */
  take(now) {
    const seconds = this.seconds(now);
    this.spent = 0;
    this.since = this.running(now) ? now : null;
    return seconds;
  }
}

/** Seconds as a clock shows them. */
export function inMinutes(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
}
