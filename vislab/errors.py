"""The one error of vislab: a sentence that says what was expected, what came, and how to mend it."""


class VislabError(ValueError):
    """Bad input, in one sentence that names the file or picture and how to mend it.

    In a notebook it shows as that sentence alone: the learner's own line is in the cell above, and the frames below it
    are vislab's.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"VislabError: {self}"]
