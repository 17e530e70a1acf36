"""Build the API reference from the docstrings, a page for each group of verbs.

python -m tools.build_reference [FOLDER]. The pages need no network. The types that verbs return stand beside the verbs.
"""

import argparse
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import vislab

ROOT = Path(__file__).resolve().parent.parent
GROUPS = {  # page: what it is about, the verbs of vislab on it, and the types as module:name
    "pictures": (
        "Pictures with their truth: drawn, loaded, split, shown.",
        ("draw", "load", "Scenes", "Vocabulary", "concatenate", "show"),
        (),
    ),
    "models": (
        "Models: build, draw, train, predict, evaluate.",
        (
            "build",
            "encoder",
            "diagram",
            "fit",
            "predict",
            "evaluate",
            "choose_threshold",
            "cut_out",
            "guest",
            "agreement",
            "save",
            "open_model",
            "pretrained",
            "adapt",
        ),
        (
            "models.predictions:ClassPrediction",
            "models.predictions:RegressionPrediction",
            "models.predictions:SemanticPrediction",
            "models.predictions:InstancePrediction",
            "models.predictions:Objects",
            "models.backbone:Backbone",
            "training.history:History",
        ),
    ),
    "answers": (
        "The four questions: answers, their errors, and paired comparison.",
        ("answers", "score_answers", "compare_pair"),
        ("evaluation.answers.answers:Answers", "evaluation.answers.scoring:Comparison"),
    ),
    "computing": (
        "The costs of computing.",
        ("measure_cost", "sweep_costs", "explore_costs"),
        ("costs.compute.measure:Cost", "costs.compute.sweep_result:Sweep"),
    ),
    "labels": (
        "The costs of labels.",
        ("label", "published_seconds", "labelling_cost", "learning_curve", "read_curves", "explore_budget"),
        ("costs.labels.annotation_time:LabellingCost", "costs.labels.learning_curves:Curves"),
    ),
    "studies": (
        "The main job: a study, what it found, and the claims that it judges.",
        ("study", "Claim", "pool"),
        ("studies.results:Results", "studies.claims.judge:Judgement"),
    ),
    "widgets": ("Look at pictures and predictions.", ("view", "compare", "probe", "precision_recall"), ()),
    "course": (
        "What the notebooks ask of a learner, and the one error that vislab raises.",
        ("guess", "quiz", "progress", "VislabError"),
        (),
    ),
}


def pages() -> dict[str, ModuleType]:
    """A module for each page, which holds what stands on it."""
    made = {}
    for name, (about, verbs, types) in GROUPS.items():
        page = ModuleType(name, about)
        members = {verb: getattr(vislab, verb) for verb in verbs}
        for entry in types:
            module, _, kind = entry.partition(":")
            members[kind] = getattr(import_module(f"vislab.{module}"), kind)
        vars(page).update(members)
        vars(page)["__all__"] = list(members)
        made[name] = page
    return made


def as_list(docstring: str) -> str:
    """A docstring's "name: what it is" as items of a list, and its whole sentences as paragraphs of their own."""
    docstring = re.sub(r"\.\n(?=[A-Z])|\. (?=Raises )", ".\n\n", docstring)
    return re.sub(r"(?:^|(?<=[.;] ))(?=[a-z_]+(?:, [a-z_]+)*: )", "\n- ", docstring, flags=re.MULTILINE)


def index_page() -> str:
    """The first page: what each of the others is about, and which verbs stand on it."""
    items = "".join(
        f'<li><a href="{name}.html">{name}</a>: {about} <small>{", ".join(verbs)}</small></li>'
        for name, (about, verbs, _) in GROUPS.items()
    )
    style = "body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;color-scheme:light dark}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>vislab: reference</title><style>{style}</style>'
        f"<h1>vislab: reference</h1><p><code>import vislab as vl</code>, then:</p><ul>{items}</ul></html>\n"
    )


def main() -> int:
    """Write the pages into a folder, docs/reference if none is named."""
    import pdoc.doc
    import pdoc.render

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "reference")
    folder: Path = parser.parse_args().folder
    documented = {name: pdoc.doc.Module(page) for name, page in pages().items()}
    pdoc.render.configure(docformat="markdown", search=False)
    as_html = pdoc.render.env.filters["to_html"]
    pdoc.render.env.filters["to_html"] = lambda text: as_html(as_list(text))
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in documented.items():
        (folder / f"{name}.html").write_text(pdoc.render.html_module(page, documented), encoding="utf-8")
    (folder / "index.html").write_text(index_page(), encoding="utf-8")
    print(f"{folder / 'index.html'}: the API reference, {len(documented)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
