// Elements and their lifetime.

/** An element with properties (and aria-*, data-*, style, class), and children: elements or text, never markup. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name === "style") Object.assign(element.style, value);
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Text in parts, in which a number keeps its % sign where a line ends. */
export function held(text) {
  return text.split(/(\d[\d.,]*\s%)/).map((part, at) => (at % 2 ? make("span", { style: { whiteSpace: "nowrap" } }, part) : part));
}

/** An SVG element with attributes and text, below no other yet. */
export function vector(name, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

/** The same, as the last child of another. */
export function drawn(parent, name, attributes, text) {
  const element = vector(name, attributes, text);
  parent.append(element);
  return element;
}

/** A labelled range control. */
export function slider(words, { min = 0, max = 1, step = 0.01, value = 0 } = {}) {
  const input = make("input", { type: "range", min, max, step, value, "aria-label": words });
  const shown = make("span", { class: "vislab-number", "aria-hidden": "true" }); // an output would be read out twice
  return { input, shown, element: make("label", { class: "vislab-slider" }, make("span", {}, words), input, shown) };
}

/** All that a view listens to, released at once: DOM events, the model's changes, observers, object URLs. */
export class Lifetime {
  constructor(model) {
    this.model = model;
    this.ended = new AbortController();
    this.endings = [];
  }

  on(element, events, handle, options = {}) {
    for (const event of events.split(" ")) element.addEventListener(event, handle, { ...options, signal: this.ended.signal });
  }

  watch(traits, handle) {
    const events = traits.split(" ").map((trait) => `change:${trait}`).join(" ");
    this.model.on(events, handle);
    this.endings.push(() => this.model.off(events, handle));
  }

  resized(element, handle) {
    const observer = new ResizeObserver(handle);
    observer.observe(element);
    this.endings.push(() => observer.disconnect());
  }

  after(ending) {
    this.endings.push(ending);
  }

  end() {
    this.ended.abort();
    for (const ending of this.endings.splice(0)) ending();
  }
}

/**
 * Keys pressed on a control below an element are its own, but for those with Ctrl, Alt or Meta and for Shift+Enter.
 *
 * Jupyter in command mode takes arrows and letters from whatever has the focus ("d" twice deletes the cell), Notebook 7
 * before the control hears of them. It leaves alone what carries this attribute, and it must be the control itself.
 */
export function keepKeys(root, signal) {
  const mark = (event) => {
    if (!root.contains(event.target)) return;
    const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !command);
  };
  window.addEventListener("keydown", mark, { capture: true, signal });
}

/** A 2D canvas that is shown nowhere. */
export function sheet(width, height) {
  return make("canvas", { width, height });
}

/** Put packed colours on a canvas, which takes their size. */
export function fillCanvas(canvas, pixels, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const bytes = new Uint8ClampedArray(pixels.buffer, 0, 4 * width * height);
  canvas.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
}
