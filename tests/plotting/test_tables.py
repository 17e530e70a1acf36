"""Tables as lines of text."""

from vislab.plotting.tables import as_html, lay_out


def test_columns_are_aligned_to_the_left_or_to_the_right():
    rows = [("name", "n"), ("a", "10"), ("long one", "5")]
    assert lay_out(rows) == ["name      n", "a         10", "long one  5"]
    assert lay_out(rows, right=(1,)) == ["name       n", "a         10", "long one   5"]


def test_rules_stand_above_their_rows():
    assert lay_out([("a", "b"), ("c", "d"), ("e", "f")], rules=(1, 2)) == ["a  b", "────", "c  d", "────", "e  f"]


def test_html_is_text_not_markup():
    table = as_html([("a<b",), ("<script>",)], "x & y")
    assert "a&lt;b" in table
    assert "x &amp; y</caption>" in table
    assert "<script>" not in table
