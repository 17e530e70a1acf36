// What ipywidgets cannot set from Python: the controls of a form keep their keys, and groups of choices have a name.

import { keepKeys } from "./dom.js";

/** Names groups of choices below an element after the line above each, and keeps numbers of choices beside their % sign. */
export function nameGroups(root) {
  for (const choices of root.querySelectorAll(".widget-radio")) {
    for (const node of [...choices.querySelectorAll("label")].flatMap((label) => [...label.childNodes])) {
      if (node.nodeType === Node.TEXT_NODE) node.data = node.data.replace(/(\d) %/g, "$1\u00a0%");
    }
    const question = choices.previousElementSibling?.textContent.trim();
    if (!question) continue;
    choices.setAttribute("role", "radiogroup");
    choices.setAttribute("aria-label", question);
  }
}

function render({ el }) {
  el.style.display = "none";
  let waiting, root;
  const ended = new AbortController();
  const watcher = new MutationObserver(() => nameGroups(root)); // the parts of a box come one by one
  const start = () => {
    root = el.closest(".vislab-form");
    if (!root) return (waiting = requestAnimationFrame(start));
    keepKeys(root, ended.signal);
    nameGroups(root);
    watcher.observe(root, { childList: true, subtree: true });
  };
  start();
  return () => { cancelAnimationFrame(waiting); ended.abort(); watcher.disconnect(); };
}

export default { render };
