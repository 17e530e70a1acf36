"""Boxes and arrows lie where they were put, in inches from the top left."""

from vislab.plotting.flow_chart import FlowChart


def test_a_box_lies_around_its_place_and_holds_its_words():
    chart = FlowChart(4, 2, "a box")
    chart.box((1, 0.5), "words", "#FFFFFF", width=1.0, height=0.4)
    chart.sheet.draw(chart.sheet.canvas.get_renderer())
    (box,), (text,) = chart.axes.patches, chart.axes.texts
    around = box.get_window_extent()  # pixels from the bottom left, 100 an inch
    assert [round(edge, -1) for edge in (around.x0, around.x1, around.y0, around.y1)] == [50, 150, 130, 170]
    assert text.get_window_extent().x0 > around.x0
    assert chart.sheet.alt == "a box"


def test_an_arrow_ends_at_its_last_place():
    chart = FlowChart(4, 2, "an arrow")
    chart.arrow((1, 1), (2, 1), (2, 0.5))
    chart.sheet.draw(chart.sheet.canvas.get_renderer())
    (arrow,) = chart.axes.patches
    around = arrow.get_window_extent()
    assert abs(around.y1 - 150) < 5
    assert abs(around.x0 - 100) < 5
