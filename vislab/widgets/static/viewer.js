// The Viewer: panes side by side, each with layers over the picture.

import { Stage } from "./stage.js";

export default {
  render({ model, el }) {
    const stage = new Stage(model, el);
    return () => stage.end();
  },
};
