"""How fast our networks are, and what they answer, against torchvision's of the same name and weights.

torchvision is no dependency: where it cannot be imported, this says so and times ours alone. One that was
built for another torch can be, once the operators that it would register are declared (a plugin for pytest's
`-p` is enough): `torch.library.Library("torchvision", "DEF").define("nms(Tensor x) -> Tensor")`, and so on.

Contenders take turns in one process, so that a busy moment of the machine is shared, and what is timed is the
process's own processor time on one thread. A ratio is the median over all turns. torchvision's second copy
runs in the same turns: how far its ratio to the first is from 1 is the noise.

Seen with torch 2.13.0+cpu and torchvision 0.28.0 (ours / torchvision, and the noise):

    resnet50            forward 1.010 (1.002)   training step 1.002 (1.001)
    mobilenet_v2        forward 0.994 (1.010)   training step 0.979 (0.991)
    densenet121         forward 0.977 (1.004)   training step 1.010 (0.997)
    shufflenet_v2_x1_0  forward 1.018 (0.997)   training step 1.014 (0.990)

Scores were the same to the last bit for the 25 networks compared so: alexnet, resnet18, 34 and 50,
resnext50_32x4d, wide_resnet50_2, densenet121, googlenet, inception_v3, squeezenet1_0 and 1_1, mobilenet_v2,
both mobilenet_v3, the four shufflenet_v2, the four mnasnet, efficientnet_b0, b1 and v2_s.
"""

import gc
import importlib
import time
from functools import partial
from itertools import cycle, islice
from statistics import median

import pytest
import torch
from torch.nn import functional as F

from cnnlab.models import VARIANTS
from cnnlab.weights import checkpoints

try:
    torchvision = importlib.import_module("torchvision")
except (ImportError, RuntimeError):  # the latter: it was built for another torch
    torchvision = None

TURNS = 15
GOAL = 1.03
NAMES = ["resnet50", "mobilenet_v2", "densenet121", "shufflenet_v2_x1_0"]
BOTH = [name for name in checkpoints() if name in VARIANTS]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def say(capsys):
    """Print past pytest, which would keep it to itself."""

    def say(text):
        with capsys.disabled():
            print(f"\n{text}", end="", flush=True)

    return say


def reference(name):
    """torchvision's network, its weights drawn as it does."""
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if options:
        options |= {"aux_logits": True, "transform_input": False}
    torch.manual_seed(0)
    return torchvision.models.get_model(name, weights=None, **options)


def settled(model, images):
    """In eval mode, with the statistics of these images: with others, the scores would say little of them."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # of all that was seen
    with torch.no_grad():
        model.train()(images)
    return model.eval()


def ours(name, weights):
    """Our network with the weights of another."""
    with torch.device("meta"):
        model = VARIANTS[name].build()
    model.load_state_dict({key: tensor.clone() for key, tensor in weights.items()}, strict=True, assign=True)
    return model


def forward(model, images, labels):
    with torch.inference_mode():
        return model(images)


def training_step(model, images, labels):
    """Scores, loss, gradients, new weights; with the same dropout every time."""
    torch.manual_seed(0)
    scores = model(images)
    model.zero_grad()
    F.cross_entropy(scores, labels).backward()
    with torch.no_grad():
        for weight in model.parameters():
            weight.sub_(weight.grad, alpha=1e-3)
    return scores.detach()


def in_turns(functions):
    """Seconds of each, over `TURNS` turns in which everyone is once first, second and last."""
    times = {name: [] for name in functions}
    names = cycle(functions)
    for function in functions.values():
        function()
    gc.collect()
    gc.disable()
    for _ in range(TURNS):
        for name in list(islice(names, len(functions))):
            start = time.process_time()
            functions[name]()
            times[name].append(time.process_time() - start)
        next(names)
    gc.enable()
    return times


def ratio(above, below):
    return median(a / b for a, b in zip(above, below, strict=True))


@pytest.mark.parametrize("phase", [forward, training_step], ids=lambda phase: phase.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_as_fast_as_torchvision(benchmark, say, name, phase):
    """Two images of 128×128; equal weights, and at the end of all steps still."""
    torch.manual_seed(0)
    images, labels = torch.randn(2, 3, 128, 128), torch.tensor([1, 2])
    training = phase is training_step
    if torchvision is None:
        model = VARIANTS[name].build().train(training)
        benchmark.pedantic(phase, (model, images, labels), rounds=3, warmup_rounds=1)
        return say(f"{name}, {phase.__name__}: torchvision is absent, nothing to compare with")
    theirs = reference(name)
    models = {"ours": ours(name, theirs.state_dict()), "again": reference(name), "torchvision": theirs}
    calls = {key: partial(phase, model.train(training), images, labels) for key, model in models.items()}
    times = in_turns(calls)
    last = [call() for call in calls.values()]
    assert torch.equal(last[0], last[2])
    benchmark.pedantic(calls["ours"], rounds=1)
    found, noise = (ratio(times[key], times["torchvision"]) for key in ("ours", "again"))
    benchmark.extra_info.update(ratio=found, noise=noise)
    ms = 1000 * median(times["torchvision"])
    say(f"{name}, {phase.__name__}: {found:.3f} of torchvision's {ms:.0f} ms (again: {noise:.3f})")
    assert found <= GOAL + abs(noise - 1)


@pytest.mark.parametrize("name", BOTH)
def test_same_answer_as_torchvision(benchmark, say, name):
    """Equal weights, loaded with `strict=True`, and the same two images of the network's size."""
    if torchvision is None:
        benchmark.pedantic(lambda: None, rounds=1)
        return say(f"{name}: torchvision is absent, nothing to compare with")
    images = torch.randn(2, *VARIANTS[name].input_shape)
    theirs = settled(reference(name), images)
    scores = benchmark.pedantic(forward, (ours(name, theirs.state_dict()).eval(), images, None), rounds=1)
    expected = forward(theirs, images, None)
    apart, images_apart = (scores - expected).abs().max(), (expected[0] - expected[1]).abs().max()
    say(f"{name}: apart by {apart:.1e}, where two images are by {images_apart:.1e}")
    assert apart <= 1e-4 * images_apart
