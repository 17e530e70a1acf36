"""Boxes and arrows on a sheet."""

from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from vislab.plotting.figures import INK, Sheet

Place = tuple[float, float]  # inches from the left and from the top


class FlowChart:
    """A sheet of so many inches, with a text alternative, on which boxes, sums and arrows are put by place."""

    def __init__(self, width: float, height: float, alt: str) -> None:
        self.sheet = Sheet(width, height, alt)
        self.sheet.set_layout_engine("none")
        self.axes = self.sheet.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        self.axes.set_axis_off()

    def box(self, centre: Place, words: str, fill: str, width: float = 1.4, height: float = 0.5) -> None:
        """Words in a box of so many inches."""
        corner = centre[0] - width / 2, centre[1] - height / 2
        self.axes.add_patch(FancyBboxPatch(corner, width, height, "round,pad=0,rounding_size=0.06", fc=fill, ec=INK))
        self.write(centre, words)

    def frame(self, left: float, top: float, right: float, bottom: float, title: str) -> None:
        """A dashed line around what belongs together, its title above."""
        shape = FancyBboxPatch((left, top), right - left, bottom - top, "round,pad=0,rounding_size=0.06")
        shape.set(facecolor="none", edgecolor="#777777", linestyle=(0, (3, 3)))
        self.axes.add_patch(shape)
        self.write((left + 0.08, top + 0.13), title, across="left")

    def write(self, place: Place, words: str, across: str = "center") -> None:
        """Words at a place."""
        self.axes.text(*place, words, ha=across, va="center", fontsize=9, color=INK, linespacing=1.25)

    def plus(self, centre: Place) -> None:
        """The sign of a sum."""
        x, y = centre
        self.axes.add_patch(Circle(centre, 0.11, facecolor="white", edgecolor=INK))
        self.axes.plot([x - 0.06, x + 0.06], [y, y], [x, x], [y - 0.06, y + 0.06], color=INK, linewidth=1.2)

    def arrow(self, *places: Place) -> None:
        """A line through places, with a head at the last."""
        line = FancyArrowPatch(path=Path(places), arrowstyle="-|>", mutation_scale=10, color=INK)
        line.set(linewidth=1.1, joinstyle="miter", capstyle="butt")
        self.axes.add_patch(line)
