import pytest
from made_smears import small_smears

from vislab.data.scenes import Scenes


@pytest.fixture(scope="module")
def smears() -> Scenes:
    """A few small smears, drawn once for each file of tests."""
    return small_smears()
