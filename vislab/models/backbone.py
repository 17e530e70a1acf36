"""Encoders that others have trained on photographs: a backbone of torchvision or timm in place of our own encoder."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vislab.errors import VislabError
from vislab.models.encoder import STRIDE, Features, check_sides
from vislab.models.weights import check_hash, fetch_weights, put_weights, read_weights

TIMM = "timm/"  # before the name of a backbone of timm
HUB_FILE = "model.safetensors"
STRIDES = (2, 4, 8, 16)
EXAMPLES = "resnet18, mobilenet_v3_small, efficientnet_b0, densenet121 or timm/tf_efficientnet_lite0"
SIDE = 4 * STRIDE  # pixels of the picture on which a backbone's strides are measured
# The optimiser and the rate of a model whose encoder has been trained before. Rates hardly differ: on Penn-Fudan (45
# pictures, one minute of one thread, one seed, 7 valid pictures) EfficientNet-Lite0 had a mean IoU of 0.728, 0.740 and
# 0.701 by Muon at 1e-3, 3e-3 and 5e-3, and of 0.732 by AdamW at 3e-3 (benchmarks/pretrained.py --trial).
FINE_TUNING = ("muon", 1e-3)


class Backbone(nn.Module):
    """Pictures (b, 3, h, w) from 0 to 1 → features at strides 2, 4, 8 and 16, as of `Encoder`, by another's network.

    body: pictures, less `mean` and divided by `deviation` (each channel's), → four features, finest first, in a list or
    a dict. name: as `encoder` takes it. weights: which file they are from, None for random ones. size: pixels a side of
    the pictures on which they were trained. Raises VislabError if the body's features have other strides.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        name: str,
        body: nn.Module,
        mean: Sequence[float],
        deviation: Sequence[float],
        size: int = 224,
        weights: str | None = None,
    ) -> None:
        super().__init__()
        self.name, self.size, self.weights, self.body = name, size, weights, body
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("deviation", torch.tensor(deviation)[:, None, None])
        try:
            with torch.no_grad():
                features = _in_order(body.eval()(torch.zeros(1, 3, SIDE, SIDE)))
        except Exception as error:  # a network may raise whatever it likes about a size that it cannot take
            raise _unfit(name) from error
        self.train()
        if [tuple(each.shape[2:]) for each in features] != [(SIDE // stride, SIDE // stride) for stride in STRIDES]:
            raise _unfit(name)
        half, quarter, eighth, sixteenth = (each.shape[1] for each in features)
        self.widths = (half, quarter, eighth, sixteenth)

    @property
    def title(self) -> str:
        """Its name and its weights, as tables have it."""
        return f"{self.name} ({self.weights or 'random weights'})"

    def forward(self, image: Tensor) -> Features:
        check_sides(image)
        return self.features(self.normalise(image))

    def normalise(self, image: Tensor) -> Tensor:
        """Pictures as the weights know them: (b, 3, h, w)."""
        return (image - self.mean) / self.deviation

    def features(self, normal: Tensor) -> Features:
        """Features of normalised pictures, or of parts of them (b, 3, h, w)."""
        return Features(*_in_order(self.body(normal)))


def encoder(name: str, weights: str | Path | None = None, seed: int = 0) -> Backbone:
    """A backbone of torchvision ("resnet18") or of timm ("timm/tf_efficientnet_lite0"), for vl.build(encoder=).

    weights: None starts from random weights; "DEFAULT" from those of its library, downloaded once and checked; a path
    from a file of such weights (.safetensors, or for torch.load). Tensors of other names are taken in their order.
    seed: of random weights. A model on trained weights trains with an optimiser and a rate of its own.
    Raises VislabError for another name, a backbone without features at strides 2, 4, 8 and 16, and weights that cannot
    be had or do not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _from_timm(name, weights) if name.startswith(TIMM) else _from_torchvision(name, weights)


def title_of(model: nn.Module) -> str | None:
    """The title of the backbone that a model's encoder is; None for our own encoder, and where there is none."""
    start = getattr(model, "encoder", None)
    return start.title if isinstance(start, Backbone) else None


def _unfit(name: str) -> VislabError:
    return VislabError(f"{name} gives no features at strides 2, 4, 8 and 16, which all heads need; take {EXAMPLES}")


def _unknown(name: str, library: str) -> VislabError:
    return VislabError(f"{library} has no backbone {name!r}; take one as {EXAMPLES}")


def _in_order(features: Any) -> list[Tensor]:
    """The four features, finest first; a body made by torchvision gives them by name."""
    return list(features.values() if isinstance(features, dict) else features)


def _from_torchvision(name: str, weights: str | Path | None) -> Backbone:
    """The network up to the last layer of stride 16, traced by torchvision."""
    import torchvision
    from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

    if name not in torchvision.models.list_models(module=torchvision.models):
        raise _unknown(name, "torchvision")
    source = torchvision.models.get_model_weights(name).DEFAULT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of slow random weights, and of layers that differ once trained
        net = torchvision.models.get_model(name)
        try:
            nodes = get_graph_node_names(net)[1]
            with torch.inference_mode():
                outputs = create_feature_extractor(net, nodes).eval()(torch.zeros(1, 3, SIDE, SIDE))
        except Exception as error:  # torch.fx raises errors of many kinds for what it cannot trace
            raise _unfit(name) from error
        maps = {node: each for node, each in outputs.items() if isinstance(each, Tensor) and each.ndim == 4}
        last = {SIDE // each.shape[2]: node for node, each in maps.items() if each.shape[2] == each.shape[3]}
        if not set(STRIDES) <= set(last):
            raise _unfit(name)
        if weights is not None:
            state = fetch_weights(source) if weights == "DEFAULT" else read_weights(Path(weights), source.url)
            put_weights(net, state, weights, source.url)
        body = create_feature_extractor(net, {last[stride]: str(stride) for stride in STRIDES})
    seen = source.transforms()
    called = None if weights is None else source.url if weights == "DEFAULT" else str(weights)
    return Backbone(name, body, seen.mean, seen.std, seen.crop_size[0], called and Path(called).name)


def _from_timm(name: str, weights: str | Path | None) -> Backbone:
    """The stages up to stride 16, by timm's own table of features."""
    try:
        import timm
    except ImportError as error:
        raise VislabError(f'{name} is a backbone of timm; run: python -m pip install "timm>=1.0.15"') from error
    short = name.removeprefix(TIMM)
    if not timm.is_model(short):
        raise _unknown(short, "timm")
    try:  # "getter" leaves out what lies above the last stage, and needs the names of no layers
        body: Any = timm.create_model(short, features_only=True, feature_cls="getter", out_indices=(0, 1, 2, 3))
    except Exception as error:  # timm raises errors of many kinds for networks without such features
        raise _unfit(name) from error
    called = None
    if weights is not None:
        net: Any = timm.create_model(short)
        hub = net.pretrained_cfg.get("hf_hub_id")
        called = str(hub) if weights == "DEFAULT" else Path(weights).name
        state, url = _read_timm_weights(name, hub, weights)
        put_weights(net, state, weights, url)
        whole = net.state_dict()
        body.model.load_state_dict({layer: whole[layer] for layer in body.model.state_dict()})
    seen = body.model.pretrained_cfg
    return Backbone(name, body, seen["mean"], seen["std"], seen["input_size"][1], called)


def _read_timm_weights(name: str, hub: str | None, weights: str | Path) -> tuple[dict[str, Tensor], str]:
    """Weights of a backbone of timm, and the address of those on its hub, where they are called `hub`."""
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(hub, HUB_FILE) if hub else f"trained weights of {name}"
    if weights != "DEFAULT":
        return read_weights(Path(weights), url), url
    if hub is None:
        raise VislabError(f"timm has no trained weights of {name}; give weights=None, or the path of a file")
    path = _fetch_from_hub(hub, url)
    if len(digest := path.resolve().name) == 64:  # the hub names a large file by its SHA-256
        check_hash(path, digest, url)
    return read_weights(path, url), url


def _fetch_from_hub(hub: str, url: str) -> Path:
    """Where the weights lie in the hub's own cache, downloaded once. Raises VislabError if they cannot be had."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError
    from huggingface_hub.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.log_levels["error"])  # it would tell of every try
    try:
        try:
            return Path(hf_hub_download(hub, HUB_FILE, local_files_only=True))
        except LocalEntryNotFoundError:
            return Path(hf_hub_download(hub, HUB_FILE))
    except Exception as error:  # the hub raises errors of its own, of many sentences
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].partition(". ")[0]
        raise VislabError(
            f"the weights {url} cannot be downloaded ({reason}); fetch the file by hand and give its path as weights="
        ) from error
    finally:
        logging.set_verbosity(verbosity)
