"""Networks that nobody here wrote, each counted by us and by torch's own counter: tests/reference/zoo.csv.

    python -m venv /tmp/zoo && /tmp/zoo/bin/pip install -e . timm torchvision transformers pytorchcv \\
        segmentation-models-pytorch efficientnet_pytorch
    /tmp/zoo/bin/python tests/zoo.py > zoo.csv    # an hour on one core; or names, one a line, on stdin
    /tmp/zoo/bin/python tests/zoo.py --check      # those of tests/reference/zoo.csv below 2 · 10⁹ MACs
    echo timm:resnet18 | /tmp/zoo/bin/python tests/zoo.py --nan    # a middle layer, beside NaN in images

A line has the network, its input, our MACs, half of what torch's counter says of the same run, how many of
its convolutions have a receptive field, of how many, and what was said or went wrong.
"""

import csv
import random
import signal
import sys
import warnings
from collections import defaultdict
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.elsewhere import Elsewhere, find
from cnnlab.profiler import profile
from cnnlab.receptive_field import receptive_field
from cnnlab.trace import run, tensors

HEAD = ["network", "input", "macs", "torch", "fields", "convolutions", "note"]
KEPT = Path(__file__).parent / "reference" / "zoo.csv"
LIMIT = 90  # seconds for one network
ARCHITECTURES = "unet unetplusplus manet linknet fpn pspnet deeplabv3 deeplabv3plus pan upernet segformer"
TYPES = """
    resnet vit convnext convnextv2 swin swinv2 beit deit segformer mobilenet_v1 mobilenet_v2 mobilevit
    mobilevitv2 regnet efficientnet poolformer cvt dinov2 focalnet levit pvt pvt_v2 bit swiftformer
    data2vec-vision hiera textnet vit_msn detr yolos conditional_detr deformable_detr table-transformer
    rt_detr upernet dpt glpn swin2sr vit_mae vitdet hgnet_v2 mask2former microsoft/resnet-50
    google/vit-base-patch16-224
"""
NO_IMAGES = (
    "jasper",
    "quartznet",
    "voca",
    "pfpc",
    "nvpattexp",
    "visemenet",
    "res2net",
    "neumodel",
)  # or gone
SIDES = dict.fromkeys(("cityscapes", "voc", "ade20k", "celebamaskhq"), (480, 480)) | {"coco": (256, 192)}
SIDES |= dict.fromkeys(("cifar10", "cifar100", "svhn"), (32, 32)) | {
    "pnasnet5large": (331, 331),
    "nasnet_4a1056": (299, 299),
}


class OutOfTimeError(BaseException):
    """A network takes more than its seconds."""


def names():
    """Three networks of each module of timm, all of torchvision, what the other libraries list."""
    import timm
    import torchvision
    from pytorchcv.model_provider import _models

    modules = defaultdict(list)
    for name in timm.list_models():
        modules[timm.models._registry._model_to_module[name]].append(name)
    for own in modules.values():
        yield from {f"timm:{own[len(own) * k // 3]}": None for k in range(3)}
    yield from (f"torchvision:{n}" for n in torchvision.models.list_models() if "quantized" not in n)
    yield from (f"transformers:{kind}" for kind in TYPES.split())
    yield from (f"smp:{architecture}" for architecture in ARCHITECTURES.split())
    yield from (f"pytorchcv:{name}" for name in sorted(_models)[::8] if not name.startswith(NO_IMAGES))
    yield from (f"efficientnet_pytorch:efficientnet-b{k}" for k in range(9))


def network(name):
    """Those of the command line, and three more libraries."""
    library, _, own = name.partition(":")
    if library == "smp":
        import segmentation_models_pytorch as smp

        return Elsewhere(name, partial(smp.create_model, own, encoder_weights=None), (3, 256, 256))
    if library == "pytorchcv":
        from pytorchcv.model_provider import get_model

        side = next((sides for end, sides in SIDES.items() if own.endswith(end)), (224, 224))
        return Elsewhere(name, partial(get_model, own), (3, *((299, 299) if "ception" in own else side)))
    if library == "efficientnet_pytorch":
        from efficientnet_pytorch import EfficientNet

        return Elsewhere(
            name, partial(EfficientNet.from_name, own), (3, *[EfficientNet.get_image_size(own)] * 2)
        )
    return find(name)


def by_torch(found):
    """Torch's count of the same run; attention in parts, for it does not know the fused one of a CPU."""
    device = tensors(found.inputs)[0].device
    found.network.requires_grad_(False)  # or it asks for gradients where a module takes a parameter
    counter = FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), torch.device(device), torch.no_grad(), counter:
        run(found.network, found.inputs)
    return counter.get_total_flops() // 2


def line(name):
    entry = dict.fromkeys(HEAD, "") | {"network": name}
    signal.alarm(LIMIT)
    try:
        other = network(name)
        found = profile(other.build, other.asked(1, None))
        entry |= {"input": str(other.asked(1, None)), "macs": found.macs, "note": "; ".join(found.notes)}
        seen = [row.receptive_field is not None for row in found.rows if row.kind == "convolution"]
        entry |= {"fields": sum(seen), "convolutions": len(seen), "torch": by_torch(found)}
    except (Exception, OutOfTimeError) as error:
        entry["note"] = f"{type(error).__name__}: {error}".partition("\n")[0][:120]
    finally:
        signal.alarm(0)
    return entry


class StopError(Exception):
    """The layer asked for has run."""


def lost(network, path, images):
    """Which units [H', W'] of a layer are NaN, in any channel."""

    def stop(module, inputs, output):
        raise StopError(output)

    handle = network.get_submodule(path).register_forward_hook(stop)
    try:
        with torch.no_grad():
            network(images)
    except StopError as stopped:
        (output,) = stopped.args
    finally:
        handle.remove()
    return torch.isnan(output).any(1).any(0).numpy()


def nan(name, pixels=6):
    """Whether a middle convolution's units see what a NaN at a pixel, or in a row or a column, reaches."""
    other, draw = network(name), random.Random(0)
    model, size = other.build().eval(), other.asked(1, None)
    convolutions = [path for path, module in model.named_modules() if isinstance(module, nn.Conv2d)]
    path = convolutions[len(convolutions) // 2]
    regions = receptive_field(model, size, path).regions
    top, bottom, left, right = (regions[..., k] for k in range(4))
    unit = tuple(map(draw.randrange, top.shape))
    lines = [(int(end[unit]), slice(None)) for end in (top, bottom)]
    lines += [(slice(None), int(end[unit])) for end in (left, right)]
    places = [tuple(map(draw.randrange, size[2:])) for _ in range(pixels)]
    for row, column in places + lines:
        images = torch.rand(size)
        images[:, :, row, column] = float("nan")
        found = lost(model, path, images)
        if isinstance(row, int) and isinstance(
            column, int
        ):  # no other unit; inside it need not be all of them
            yield not (found & ~((top <= row) & (row <= bottom) & (left <= column) & (column <= right))).any()
        else:
            yield bool(found[unit])


def out_of_time(*_):
    raise OutOfTimeError(f"more than {LIMIT} s")


def check():
    """Whether the small networks still cost what they did: the names of those that do not."""
    with KEPT.open(encoding="utf-8") as file:
        kept = [row for row in csv.DictReader(file) if row["macs"] and int(row["macs"]) < 2e9]
    changed = [row["network"] for row in kept if str(line(row["network"])["macs"]) != row["macs"]]
    print(f"{len(kept)} networks, {len(changed)} changed", *changed, sep="\n")
    return bool(changed)


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    signal.signal(signal.SIGALRM, out_of_time)
    if "--check" in sys.argv:
        return check()
    if "--nan" in sys.argv:
        seen = {name: all(nan(name)) for name in map(str.strip, sys.stdin)}
        print(*(f"{name}: {'as said' if right else 'NOT as said'}" for name, right in seen.items()), sep="\n")
        return int(not all(seen.values()))
    listed = names() if sys.stdin.isatty() else map(str.strip, sys.stdin)
    write = csv.DictWriter(sys.stdout, HEAD, lineterminator="\n")
    write.writeheader()
    for name in listed:
        write.writerow(line(name))
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
