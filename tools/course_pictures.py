"""The README's picture of each notebook, taken from the outputs that the built notebook holds."""

import base64
import html
import json
import re
import sys
from pathlib import Path

from tools.build_notebooks import LEARNERS, ROOT
from vislab.system.files import writing

SHEETS = ROOT / "data" / "sheets"
PICTURES = {  # notebook: how the text alternative of its figure begins, as a regular expression
    "00_four_questions": "Contact sheet of smear: 6 pictures, each with its classes",
    "01_build_a_classifier": "Smears, each above its evidence",
    "02_trust_a_classifier": r"\d+ smears, where the evidence",
    "03_semantic_segmentation": "Six pictures, and below each a coarse map",
    "04_build_an_instance_segmenter": "A smear and three maps",
    "05_score_an_instance_segmenter": "One cell each, outlines of truth and prediction",
    "06_compare_answers": "mean error of the count, objects, with 95 % intervals",
    "07_compare_costs_of_computing": "Shares of all multiply-adds",
    "08_compare_costs_of_labels": "Learning curves by hours",
    "09_the_verdict": "Differences in percentage points",
    "10_your_own_pictures": "The photograph of coins",
}


def picture_of(name: str) -> bytes:
    """The picture as WebP; LookupError where the notebook shows no such figure."""
    notebook = json.loads((LEARNERS / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            for image in re.findall(r"<img\b[^>]*>", "".join(output.get("data", {}).get("text/html", ""))):
                alt, data = re.search(r'alt="([^"]*)"', image), re.search(r'data:image/webp;base64,([^"]*)"', image)
                if alt and data and re.match(PICTURES[name], html.unescape(alt[1])):
                    return base64.b64decode(data[1])
    raise LookupError(f"{name}.ipynb has no figure whose text alternative begins with {PICTURES[name]!r}; see PICTURES")


def place_of(name: str) -> Path:
    """Where the README finds it."""
    return SHEETS / f"course-{name[:2]}.webp"


def main() -> int:
    """Write all of them; 1 where one is not there."""
    try:
        for name in PICTURES:
            with writing(place_of(name)) as part:
                part.write_bytes(picture_of(name))
    except (LookupError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
