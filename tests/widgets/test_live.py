"""What a notebook shows of a training, without a browser: the state that would be drawn, and what it costs."""

import gc
import io
import json
import sys
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import vislab as vl
from vislab.system import console
from vislab.training import history as histories
from vislab.training.history import History
from vislab.widgets import live
from vislab.widgets.previews import fit_in, in_words, ring, shrink, tint


class Shown:
    """Stands in for IPython's display: keeps what was shown, and what became of it."""

    def __init__(self):
        self.panels, self.updates, self.when_shown = [], [], lambda panel: None

    def __call__(self, panel, display_id):
        self.panels.append(panel)
        self.when_shown(panel)
        return SimpleNamespace(update=lambda panel: self.updates.append(panel._repr_mimebundle_()[0]))


@pytest.fixture
def notebook(own_home, monkeypatch):
    """As if in a notebook."""
    shown = Shown()
    monkeypatch.setattr(live, "in_notebook", lambda: True)
    monkeypatch.setattr(live, "display", shown)
    monkeypatch.setattr(live, "cell_number", lambda: 7)
    return shown


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 16, size=64)


def weights(model):
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


def picture(tile):
    return np.asarray(Image.open(io.BytesIO(tile["image"])))


# ---- curves ----------------------------------------------------------------------------------------------------------


def test_loss_is_smoothed_over_the_steps_that_lead_to_it():
    curve = live.thin_loss(History("semantic", {}, losses=[4.0, 2.0, 3.0, 1.0, 0.0, 5.0], seen=[8, 16, 24, 32, 40, 48]))
    assert curve["seen"] == [8, 16, 24, 32, 40, 48]
    assert curve["raw"] == [4, 2, 3, 1, 0, 5]
    assert curve["smooth"] == [4, 3, 3, 2.5, 2, 2.2]  # the mean of at most five
    assert curve["top"] == pytest.approx(5.25)


def test_the_first_steps_do_not_set_the_axis():
    curve = live.thin_loss(History("semantic", {}, losses=[90.0, *[2.0] * 10], seen=list(range(11))))
    assert curve["top"] == pytest.approx(2.1)


def test_a_long_curve_keeps_its_ends_and_at_most_300_points():
    steps = 100_000
    history = History("semantic", {}, losses=list(np.linspace(3, 1, steps)), seen=list(range(steps)))
    curve = live.thin_loss(history)
    assert len(curve["seen"]) == len(curve["raw"]) == len(curve["smooth"]) == 300
    assert (curve["seen"][0], curve["seen"][-1]) == (0, steps - 1)
    assert (curve["raw"][0], curve["raw"][-1]) == (3, 1)


def test_no_step_yet_is_an_empty_curve():
    assert live.thin_loss(History("semantic", {}))["seen"] == []
    assert live.score_curves(History("semantic", {})) == []


def test_scores_say_which_way_is_better_and_unknown_ones_are_none():
    rows = [{"seen": 8, "pq": 0.25, "count_error": float("nan")}, {"seen": 16, "pq": 0.5, "count_error": 2.0}]
    quality, off = live.score_curves(History("instance", {}, scores=rows))
    assert quality == {"name": "panoptic quality", "more": True, "seen": [8, 16], "values": [0.25, 0.5]}
    assert off == {"name": "count error", "more": False, "seen": [8, 16], "values": [None, 2]}
    json.dumps([quality, off], allow_nan=False)


# ---- pictures --------------------------------------------------------------------------------------------------------


def test_classes_are_tinted_but_for_the_background_and_what_is_ignored():
    photo, mask = np.full((4, 4, 3), 100, np.uint8), np.zeros((4, 4), np.uint8)
    mask[:, 2:], mask[3, 0] = 1, 255
    drawn = tint(photo, mask, ("#000000", "#ff0000"), opacity=0.5)
    assert drawn[0, 0].tolist() == [100, 100, 100]
    assert drawn[3, 0].tolist() == [100, 100, 100]
    assert drawn[0, 1].tolist() == [255, 255, 255]  # the edge
    assert drawn[0, 3].tolist() == [177, 50, 50]


def test_large_pictures_become_small_and_masks_keep_their_ids():
    photo = fit_in(np.zeros((320, 640, 3), np.uint8))
    assert photo.shape == (80, 160, 3)
    ids = np.zeros((320, 640), np.int16)
    ids[:, 320:] = 300
    assert np.unique(shrink(ids, photo)).tolist() == [0, 300]
    assert shrink(ids, photo)[0, 80] == 300


def test_a_ring_goes_around_the_point_and_nowhere_where_there_is_none():
    photo = np.zeros((48, 48, 3), np.uint8)
    assert ring(photo, np.array([24.0, 24.0]))[24, 28].any()
    assert not ring(photo, np.array([24.0, 24.0]))[24, 24].any()
    assert not ring(photo, np.array([np.nan, np.nan])).any()


def test_scores_in_words():
    assert in_words("mean_iou", 0.876) == "mean IoU 0.88"
    assert in_words("pq", float("nan")) == "panoptic quality unknown"
    assert in_words("own_score", 0.5) == "own score 0.50"


# ---- a training ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classification", "regression", "semantic", "instance"])
def test_a_training_ends_with_curves_pictures_and_a_picture_for_where_no_widget_runs(smears, notebook, task):
    history = vl.fit(vl.build(task, smears.vocabulary), smears[:8], smears[8:], epochs=3)
    (panel,) = notebook.panels
    assert panel.phase == "done"
    assert (panel.progress["share"], panel.progress["seen"], panel.progress["total"]) == (1, 24, 24)
    assert panel.loss["seen"] == history.seen == [8, 16, 24]
    assert [score["seen"] for score in panel.scores] == [[8, 16, 24]] * len(panel.scores)
    assert panel.scores
    assert len(panel.ids) == len(panel.truth) == len(panel.predicted) == 4
    assert set(panel.ids) <= set(smears.ids[8:])
    assert panel.before
    assert panel.now
    assert picture(panel.truth[0]).shape == (64, 64, 3)
    (data,) = notebook.updates
    assert 'alt="Training curves.' in data["text/html"]
    assert data["text/plain"] == repr(history)
    assert "application/vnd.jupyter.widget-view+json" in data


@pytest.mark.slow
def test_being_watched_changes_no_bit(smears, notebook, monkeypatch):
    watched, alone = (vl.build("semantic", smears.vocabulary) for _ in range(2))
    monkeypatch.setattr(live, "CURVES", 0.0)
    monkeypatch.setattr(live, "LOOKS", 0.0)
    monkeypatch.setattr(live, "BUDGET", 1e6)
    vl.fit(watched, smears[:8], smears[8:], epochs=4)
    monkeypatch.setattr(live, "in_notebook", lambda: False)
    vl.fit(alone, smears[:8], smears[8:], epochs=4, fresh=True)
    assert len(notebook.panels) == 1
    assert torch.equal(weights(watched), weights(alone))


@pytest.mark.slow
def test_stop_leaves_a_model_that_works_and_a_training_that_goes_on(smears, notebook):
    notebook.when_shown = lambda panel: panel._handle_custom_msg({"ask": "stop"}, [])
    model = vl.build("semantic", smears.vocabulary)
    history = vl.fit(model, smears[:8], smears[8:], epochs=4)
    (panel,) = notebook.panels
    assert history.note == "stopped after 25%; run it again to go on"
    assert (panel.phase, panel.note) == ("stopped", history.note)
    assert not model.training
    assert vl.predict(model, smears[8:]).mask.shape == (8, 64, 64)
    notebook.when_shown = lambda panel: None
    again = vl.fit(vl.build("semantic", smears.vocabulary), smears[:8], smears[8:], epochs=4)
    assert len(again.losses) == 4
    assert notebook.panels[1].loss["seen"] == [8, 16, 24, 32]


@pytest.mark.slow
def test_a_message_that_asks_something_else_stops_nothing(smears, notebook):
    notebook.when_shown = lambda panel: panel._handle_custom_msg({"ask": "more"}, [])
    assert vl.fit(vl.build("classification", smears.vocabulary), smears, epochs=1).note == ""


@pytest.mark.slow
def test_a_training_from_the_cache_shows_its_curves_at_once(smears, notebook):
    first, second = (vl.build("classification", smears.vocabulary) for _ in range(2))
    vl.fit(first, smears[:8], smears[8:], epochs=3)
    vl.fit(second, smears[:8], smears[8:], epochs=3)
    panel = notebook.panels[1]
    assert panel.phase == "done"
    assert "trained before in" in panel.note
    assert panel.loss["seen"] == [8, 16, 24]
    assert panel.before == ""
    assert panel.now.startswith("accuracy")


@pytest.mark.slow
def test_whoever_watches_for_themselves_sees_no_panel(smears, notebook):
    seen = []
    vl.fit(vl.build("classification", smears.vocabulary), smears, epochs=1, watch=lambda h: seen.append(len(h.losses)))
    assert seen == [1, 2]
    assert notebook.panels == []


@pytest.mark.slow
def test_an_error_is_raised_and_the_panel_says_that_it_is_over(smears, notebook):
    model = vl.build("semantic", smears.vocabulary)
    model.decoder.head.bias.data.fill_(float("nan"))
    with pytest.raises(vl.VislabError, match="the loss is nan"):
        vl.fit(model, smears, epochs=1)
    assert (notebook.panels[0].phase, notebook.panels[0].note) == ("failed", "ended by VislabError")


@pytest.mark.slow
def test_a_model_that_cannot_answer_still_learns(smears, notebook, monkeypatch):
    model = vl.build("semantic", smears.vocabulary)

    def answer(*_):
        raise ValueError("not written yet")

    monkeypatch.setattr(model, "answer", answer)
    assert len(vl.fit(model, smears, epochs=1).losses) == 2
    assert notebook.panels[0].now == "no answer yet: not written yet"


# ---- what it costs ---------------------------------------------------------------------------------------------------


def run_of(model, scenes, history):
    """A training as far as the panel asks about it."""
    return SimpleNamespace(model=model, train=scenes, valid=None, history=history)


def finished(smears, steps=5000):
    rows = [{"seen": 8 * step, "mean_iou": 0.5} for step in range(0, steps, 100)]
    past = History("semantic", {}, [1 / (step + 1) for step in range(steps)], list(range(8, 8 * steps + 8, 8)), rows)
    shown = live.Live(run_of(vl.build("semantic", smears.vocabulary).eval(), smears, past))
    shown.show_done()
    return shown.panel


def test_the_saved_state_is_small(smears, notebook):
    panel = finished(smears)
    state = panel.get_state()
    pictures = sum(4 / 3 * len(tile.pop("image")) for tile in [*state["truth"], *state["predicted"]])
    assert "a training" in state["_esm"].lower()  # its source is part of it
    assert len(json.dumps(state)) + pictures < 150_000


@pytest.mark.slow
def test_a_cell_run_again_and_again_keeps_little(smears, notebook):
    times = 4
    tracemalloc.start()
    try:
        finished(smears)  # fills the caches of what draws
        notebook.updates.clear()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            finished(smears)
            notebook.updates.clear()
        gc.collect()
        kept = (tracemalloc.get_traced_memory()[0] - before) / times
    finally:
        tracemalloc.stop()
    assert 1000 < kept < 100_000


def test_an_update_waits_until_its_last_one_is_a_small_part(smears, notebook, monkeypatch):
    watcher = live.Live(run_of(vl.build("semantic", smears.vocabulary), smears, History("semantic", {})))
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(live, "time", SimpleNamespace(monotonic=lambda: clock.now, perf_counter=lambda: clock.now))
    assert watcher._after(lambda: setattr(clock, "now", 100.5), 0.5) == pytest.approx(100.5 + 0.5 / live.BUDGET)
    assert watcher._after(lambda: None, 0.5) == pytest.approx(101.0)
    assert watcher.spent == pytest.approx(0.5)


# ---- where there is no front end -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kernel", "grading", "watched"), [(True, "", True), (None, "", False), (True, "1", False)])
def test_only_a_notebook_that_nobody_grades_is_watched(monkeypatch, kernel, grading, watched):
    shell = SimpleNamespace(kernel=kernel)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    if grading:
        monkeypatch.setenv("NBGRADER_EXECUTION", grading)
    assert console.in_notebook() is watched


def test_a_history_does_not_repeat_the_curves_above_it(monkeypatch, capsys):
    history, drawn = History("semantic", {}, [1.0], [8]), []
    monkeypatch.setattr(History, "figure", lambda self: SimpleNamespace(_ipython_display_=lambda: drawn.append(self)))
    monkeypatch.setattr(histories, "cell_number", lambda: 7)
    history.watched_in = 7
    history._ipython_display_()
    assert drawn == []
    assert "1 step," in capsys.readouterr().out
    history.watched_in = 6  # the panel stands in an earlier cell
    history._ipython_display_()
    assert drawn == [history]


def test_the_checkpoint_knows_nothing_of_cells():
    history = History("semantic", {}, [1.0], [8])
    history.watched_in = 7
    assert "watched_in" not in history.to_dict()
    assert History(**history.to_dict()).watched_in is None


def test_before_training_is_over_there_are_words(smears, notebook):
    panel = live.Panel(title="<b>Training</b>")
    html = panel._repr_mimebundle_()[0]["text/html"]
    assert "&lt;b&gt;Training" in html
