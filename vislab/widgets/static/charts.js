// A chart with sliders, drawn by the Vega-Lite renderer that JupyterLab and Notebook 7 bring along. It is asked for it
// here, and not by the output's type, because in an output the notebook takes the arrow keys away from sliders.

import { keepKeys } from "./dom.js";

const VEGA_LITE = "application/vnd.vegalite.v5+json";

/** The picture that stands in if nothing renders Vega-Lite. */
function picture(model) {
  const shown = document.createElement("img");
  shown.alt = model.get("alt");
  shown.style.maxWidth = "100%";
  shown.src = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/webp" }));
  return shown;
}

function render({ model, el }) {
  const ended = new AbortController();
  const rendermime = model.widget_manager?.rendermime;
  if (!rendermime?.preferredMimeType({ [VEGA_LITE]: {} })) {
    const shown = picture(model);
    el.append(shown);
    return () => URL.revokeObjectURL(shown.src);
  }
  const renderer = rendermime.createRenderer(VEGA_LITE);
  el.classList.add("vislab-chart");
  el.append(renderer.node);
  keepKeys(el, ended.signal);
  renderer.renderModel({
    trusted: true,
    data: { [VEGA_LITE]: model.get("spec") },
    metadata: { [VEGA_LITE]: { embed_options: { actions: false, renderer: "svg" } } },
    setData() {}, // the renderer would keep a PNG of what it drew
  });
  return () => { ended.abort(); renderer.dispose(); };
}

export default { render };
