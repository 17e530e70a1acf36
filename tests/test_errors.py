"""A learner sees one sentence, not a traceback."""

from IPython.core.interactiveshell import InteractiveShell

from vislab.errors import VislabError


def test_a_notebook_shows_the_sentence_alone(capsys):
    shell = InteractiveShell()
    shell.run_cell("from vislab.errors import VislabError\nraise VislabError('a.png: is cut off; copy it again')")
    told = capsys.readouterr()
    assert (told.out + told.err).strip() == "VislabError: a.png: is cut off; copy it again"


def test_it_is_a_value_error():
    assert issubclass(VislabError, ValueError)
