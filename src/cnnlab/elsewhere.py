"""Networks that others wrote, by a name: what `python -m cnnlab NAME` can profile beside the book's own.

    timm:convnext_tiny   torchvision:swin_t   transformers:microsoft/resnet-50   my_module:Net
    my_folder/my_file.py:Net   exported.pt2         network.onnx

`find(name)` gives a builder and what the network takes, or a LookupError with a sentence. Nothing is
downloaded: weights stay at their first values, and a configuration is one that the library's files hold.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import operator
import re
import reprlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cnnlab.onnx_graph import Open
    from cnnlab.trace import Inputs

__all__ = ["Elsewhere", "find", "is_elsewhere"]

IMAGE = (3, 224, 224)


class Elsewhere(NamedTuple):
    """A network that others wrote."""

    name: str
    build: Callable[..., nn.Module]
    shape: tuple[int, ...] = IMAGE  # of one image, a video or a sequence
    is_listed: bool = False  # takes a list of images, as torchvision's detectors do
    inputs: Inputs | None = None  # those that it was exported with; no other size then
    open: Sequence[Open] = ()  # or those that its file asks for, which leaves some of their sides open
    tokens: int = 0  # of the text that it takes beside an image
    hint: str = ""  # what to do where it cannot be profiled so

    def sized(self, size: tuple[int, int] | None) -> tuple[int, ...]:
        """One input of this height and width; of a sequence the width alone, for it has channels before."""
        sides = size[-min(2, len(self.shape) - 1) :] if size else ()
        return (*self.shape[: len(self.shape) - len(sides)], *sides)

    def asked(self, batch: int, size: tuple[int, int] | None) -> Inputs:
        """What it is to be profiled with. ValueError for a size where only one is possible."""
        if self.open:
            from cnnlab.onnx_graph import filled

            return filled(self.open, batch, size)
        if self.inputs is not None:
            if size or batch > 1:
                raise ValueError(f"{self.name} was exported for the inputs that it holds: no size, no batch")
            return self.inputs
        shape = self.sized(size)
        if self.tokens:
            return {"pixel_values": (batch, *shape), "input_ids": _text(batch, self.tokens)}
        return [[shape] * batch] if self.is_listed else (batch, *shape)


def _text(batch: int, tokens: int) -> Tensor:
    import torch

    return torch.zeros(batch, tokens, dtype=torch.long)


def is_elsewhere(name: str) -> bool:
    """Whether a name is of the kind that `find` looks for."""
    return ":" in name or name.endswith((".pt2", ".onnx"))


def find(name: str) -> Elsewhere:
    """A network by its name; LookupError where there is none, ModuleNotFoundError for a missing library."""
    if name.endswith((".pt2", ".onnx")):
        if not Path(name).is_file():
            raise LookupError(f"there is no file {name!r}")
        return _exported(name) if name.endswith(".pt2") else _onnx(name)
    source, _, rest = name.rpartition(":") if ".py:" in name else name.partition(":")
    found = SOURCES[source](rest) if source in SOURCES else _own(source, rest)
    return found._replace(name=name)


def _unknown(source: str, name: str, known: Iterable[str]) -> LookupError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return LookupError(f"{source} has no {name!r}" + (f"; did you mean {source}:{near[0]}?" if near else ""))


def _timm(name: str) -> Elsewhere:
    import timm  # type: ignore[import-not-found,import-untyped,unused-ignore]

    if not timm.is_model(name.partition(".")[0]):
        raise _unknown("timm", name, timm.list_models())
    given = timm.get_pretrained_cfg(name)
    return Elsewhere(name, partial(timm.create_model, name), tuple(given.input_size) if given else IMAGE)


# What torchvision's builders take without weights, by the room that they are in.
ROOMS = {"video": (3, 16, 224, 224), "optical_flow": (3, 224, 224)}


def _torchvision(name: str) -> Elsewhere:
    from torchvision import models  # type: ignore[import-not-found,import-untyped,unused-ignore]

    if name not in models.list_models():
        raise _unknown("torchvision", name, models.list_models())
    builder = models.get_model_builder(name)
    room = builder.__module__.removeprefix("torchvision.models.").split(".")[0]
    known = inspect.signature(builder).parameters
    nothing = {"weights": None, "weights_backbone": None, "init_weights": False}
    shape = (3, 299, 299) if name == "inception_v3" else ROOMS.get(room, IMAGE)
    takes = {keyword: value for keyword, value in nothing.items() if keyword in known or keyword == "weights"}
    network = Elsewhere(name, partial(builder, **takes), shape, room == "detection")
    return network._replace(inputs=[(1, *shape)] * 2) if room == "optical_flow" else network


def _transformers(name: str) -> Elsewhere:
    """By a model type ("resnet"), or by a checkpoint that is a configuration's default in the library."""
    import transformers  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # type: ignore[import-not-found,import-untyped,unused-ignore]

    kind = name if name in CONFIG_MAPPING else _holds(Path(transformers.__file__).parent / "models", name)
    if kind not in CONFIG_MAPPING:
        raise LookupError(
            f"the library transformers holds no configuration of {name!r}; give a type, as resnet"
        )
    config = CONFIG_MAPPING[kind]()
    config.architectures = []  # a type with several classes goes through them to choose, where None stands
    parts = (config, getattr(config, "backbone_config", None), getattr(config, "vision_config", None))
    side = next(filter(None, (getattr(part, "image_size", None) for part in parts)), IMAGE[-1])
    sides = (side, side) if isinstance(side, int) else tuple(side)
    channels = getattr(config, "num_channels", IMAGE[0])
    for head in HEADS:
        auto = getattr(transformers, head)
        if type(config) in auto._model_mapping:
            network = Elsewhere(name, partial(auto.from_config, config), (channels, *sides))
            return network._replace(**_beside(auto._model_mapping[type(config)], config))
    raise LookupError(f"{name!r} is no network that sees images")


HEADS = """
    AutoModelForImageClassification AutoModelForObjectDetection AutoModelForSemanticSegmentation
    AutoModelForUniversalSegmentation AutoModelForDepthEstimation AutoModelForImageToImage
    AutoModelForKeypointDetection AutoModel AutoBackbone
""".split()


def _beside(chosen: Any, config: Any) -> dict[str, Any]:
    """What it takes beside an image: a text as long as it may be, or what only its user knows."""
    from cnnlab.trace import arguments_of

    first = chosen[0] if isinstance(chosen, tuple) else chosen
    takes = [each.name for each in arguments_of(first.forward)[1:]] if hasattr(first, "forward") else []
    text = getattr(config, "text_config", config)
    tokens = getattr(text, "max_position_embeddings", 0) if {"input_ids", "pixel_values"} <= {*takes} else 0
    names = ", ".join(name for name in takes if name != "kwargs")
    return {
        "tokens": tokens,
        "hint": f"; from Python, profile() takes a dictionary of what it wants: {names}" if names else "",
    }


def _holds(models: Path, name: str) -> str | None:
    """The type of the configuration whose defaults, as its file says, are those of a checkpoint."""
    said = re.compile(rf"checkpoint=[\"']{re.escape(name)}[\"']|\[{re.escape(name)}\]")
    texts = (file.read_text(encoding="utf-8") for file in sorted(models.glob("*/configuration_*.py")))
    types = (re.findall(r"model_type = [\"'](.+?)[\"']", text) for text in texts if said.search(text))
    return next((found[-1] for found in types if found), None)


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """LookupError for whatever stops it, a missing library excepted: what others wrote may raise anything."""
    try:
        yield
    except ModuleNotFoundError:
        raise
    except Exception as error:
        line = str(error).partition("\n")[0]
        raise LookupError(f"{name} cannot be loaded: {type(error).__name__}: {line}") from error


def _as_it_is(network: nn.Module) -> nn.Module:
    return network


def _own(module: str, name: str) -> Elsewhere:
    """`my_module:Net`, a class, a function or a network of a module that can be imported, or of a file."""
    from torch import nn

    is_file = module.endswith(".py")
    if is_file and not Path(module).is_file():
        raise LookupError(f"there is no file {module!r}")
    folder = str(Path(module).parent) if is_file else ""  # a file imports what stands beside it
    sys.path.insert(0, folder)
    try:
        with _loading(module):
            found = _of_file(module) if is_file else importlib.import_module(module)
    finally:
        sys.path.remove(folder)
    build = getattr(found, name, None)
    if not callable(build):
        raise _unknown(module, name, vars(found))
    shape = getattr(build, "input_shape", IMAGE)
    try:
        sides = tuple(map(operator.index, shape))
    except TypeError as error:
        given = reprlib.repr(shape)
        raise LookupError(f"{name}.input_shape is one input's size, as (3, 224, 224); got {given}") from error
    return Elsewhere(name, partial(_as_it_is, build) if isinstance(build, nn.Module) else build, sides)


def _of_file(path: str) -> ModuleType:
    """By its place: an installed module may have the same name."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(spec.name, found)  # where a dataclass looks for its module
    spec.loader.exec_module(found)
    return found


def _exported(name: str) -> Elsewhere:
    """A program of torch.export, its modules as they were, for the inputs that it was exported with."""
    import torch

    with _loading(name):
        program = torch.export.load(name)
    arguments, keywords = program.example_inputs or ((), {})
    if keywords or not arguments:
        raise LookupError(
            f"{name} was exported without inputs, or with keywords: only positional ones can be given"
        )
    return Elsewhere(name, partial(torch.export.unflatten, program), inputs=[*arguments])


def _onnx(name: str) -> Elsewhere:
    from cnnlab.onnx_graph import load

    with _loading(name):
        network, inputs = load(name)
    return Elsewhere(name, lambda: network, open=inputs)


SOURCES: dict[str, Callable[[str], Elsewhere]] = {
    "timm": _timm,
    "torchvision": _torchvision,
    "transformers": _transformers,
}
