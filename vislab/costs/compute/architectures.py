"""Architecture and task varied separately: a light segmenter against a heavy classifier, and ours of both tasks."""

from vislab.data.vocabulary import Vocabulary
from vislab.models.build import Model, build
from vislab.models.torchvision_models import adapt


def architectures(vocabulary: Vocabulary) -> dict[str, Model]:
    """Two classifiers and two segmenters by name: ours, torchvision's ResNet-18, torchvision's LR-ASPP.

    With random weights, which cost what trained ones do; nothing is downloaded. vl.sweep_costs times them, and its
    Sweep.architectures gives what claims.judge takes.
    """
    models: dict[str, Model] = {
        "our classifier": build("classification", vocabulary),
        "our segmenter": build("semantic", vocabulary),
        "LR-ASPP": adapt("lraspp", vocabulary),  # type: ignore[dict-item]  # the same face
        "ResNet-18": adapt("resnet18", vocabulary),  # type: ignore[dict-item]
    }
    return {name: model.eval() for name, model in models.items()}
