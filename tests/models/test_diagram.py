"""Diagrams: sizes are those of a real pass, in the figure and in its words, and nothing is printed over."""

from itertools import combinations

import pytest
from matplotlib.patches import FancyBboxPatch
from torch import Tensor, nn

from vislab.data.synthetic.draw import draw
from vislab.errors import VislabError
from vislab.models.build import build
from vislab.models.diagram import diagram
from vislab.models.encoder import Encoder
from vislab.plotting.figures import Sheet


@pytest.fixture(scope="module")
def vocabulary():
    return draw("smear", 1, size=64).vocabulary


def words(sheet: Sheet) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in sheet.axes[0].texts]


def assert_legible(sheet: Sheet) -> None:
    """No text over another, none over the edge of its box or of the figure."""
    renderer = sheet.canvas.get_renderer()
    sheet.draw(renderer)
    texts = [text.get_window_extent(renderer) for text in sheet.axes[0].texts]
    for one, other in combinations(texts, 2):
        assert not one.overlaps(other)
    boxes = [box.get_window_extent(renderer) for box in sheet.axes[0].patches if isinstance(box, FancyBboxPatch)]
    for area in [*boxes, sheet.bbox]:
        for text in texts:
            if area is sheet.bbox or area.overlaps(text):
                assert area.containsx(text.x0)
                assert area.containsx(text.x1)
                assert area.containsy(text.y0)
                assert area.containsy(text.y1)


def test_an_encoder_of_another_width_and_size_is_drawn_with_its_own_numbers():
    sheet = diagram(Encoder(width=8), size=32)
    assert {"picture 3 × 32 × 32", "half 8 × 16 × 16", "sixteenth 32 × 2 × 2"} <= set(words(sheet))
    assert "residual block" in words(sheet)
    assert "8 × 16 × 16" in sheet.alt
    assert "shortcut" in sheet.alt
    assert_legible(sheet)


def test_an_encoder_that_a_learner_wrote_may_give_a_plain_tuple():
    class Own(Encoder):
        def forward(self, image: Tensor) -> tuple[Tensor, ...]:
            return tuple(super().forward(image))

    assert words(diagram(Own())) == words(diagram(Encoder()))


def test_a_decoder_is_drawn_with_its_laterals_and_each_step_doubles(vocabulary):
    sheet = diagram(build("semantic", vocabulary))
    assert {"lateral: 1 × 1 48 × 12 × 12", "3 × 3 32 × 48 × 48", "class scores 3 × 96 × 96"} <= set(words(sheet))
    assert "lateral connection, 1 × 1: 48 × 12 × 12" in sheet.alt
    assert_legible(sheet)


def test_an_instance_head_gives_scores_centres_offsets_and_radii(vocabulary):
    sheet = diagram(build("instance", vocabulary), size=64)
    drawn = {"class scores 3 × 64 × 64", "centre heatmap 1 × 64 × 64", "offsets 2 × 64 × 64", "radius 1 × 64 × 64"}
    assert drawn <= set(words(sheet))
    assert all(name in sheet.alt for name in drawn)
    assert_legible(sheet)


def test_a_model_is_left_as_it_was():
    encoder = Encoder().train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    diagram(encoder)
    assert encoder.training
    assert all(value.equal(before[name]) for name, value in encoder.state_dict().items())
    assert not any(part._forward_hooks for part in encoder.modules())


def test_what_it_cannot_draw_is_named_with_what_it_can(vocabulary):
    with pytest.raises(VislabError, match=r"not a Classifier; of another model .* vl\.diagram\(model\.encoder\)"):
        diagram(build("classification", vocabulary))
    with pytest.raises(VislabError, match=r"not a Detector; of another model"):
        diagram(build("detection", vocabulary))
    coarse = build("semantic", vocabulary)
    coarse.decoder = nn.Conv2d(96, 3, 1)
    with pytest.raises(VislabError, match="not a SemanticSegmenter"):
        diagram(coarse)
    with pytest.raises(VislabError, match="multiple of 16 pixels, such as 96, not 50"):
        diagram(Encoder(), size=50)
