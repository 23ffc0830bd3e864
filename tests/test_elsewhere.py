"""Networks by a name: others' libraries (stand-ins of them here), a module of one's own, exported files.

tests/zoo.py builds hundreds of real ones, where those libraries are installed.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnlab import elsewhere, onnx_graph
from cnnlab.__main__ import main
from cnnlab.elsewhere import find
from cnnlab.models import VARIANTS
from cnnlab.onnx_graph import Graph, Open, Step
from cnnlab.profiler import profile

ROOT = Path(__file__).parents[1]
NET = """
from torch import nn

def Net(channels=4, bias=True):
    return nn.Sequential(nn.Conv2d(3, channels, 3, bias=bias), nn.ReLU())

Net.input_shape = (3, 16, 16)
VALUE = 7
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "my_net_of_a_test.py").write_text(NET)
    monkeypatch.chdir(tmp_path)
    yield "my_net_of_a_test:Net"
    sys.modules.pop("my_net_of_a_test", None)


@pytest.fixture
def exported(tmp_path):
    layers = nn.Sequential(nn.Conv2d(4, 8, 3, 2, groups=2), nn.ReLU(), nn.ConvTranspose2d(8, 4, 3, 2))
    program = torch.export.export(layers.eval(), (torch.zeros(2, 4, 9, 9),))
    torch.export.save(program, tmp_path / "net.pt2")
    return str(tmp_path / "net.pt2"), layers


def test_a_module_of_ones_own(own):
    network = find(own)
    assert (network.name, network.asked(2, None), network.asked(1, (8, 9))) == (
        own,
        (2, 3, 16, 16),
        (1, 3, 8, 9),
    )
    assert profile(network.build, network.asked(1, None)).macs == 14 * 14 * 4 * 27


def test_a_file_by_its_place_imports_what_stands_beside_it(tmp_path, monkeypatch, capsys):
    """Its name may be that of an installed module, which stays what it is."""
    (tmp_path / "beside_it.py").write_text(NET)
    (tmp_path / "json.py").write_text("from beside_it import Net as Made")
    for name in (f"{tmp_path}/json.py:Made", "json.py:Made"):
        assert profile(find(name).build, (1, 3, 16, 16)).macs == 14 * 14 * 4 * 27
        monkeypatch.chdir(tmp_path)
    assert sys.modules.pop("beside_it").VALUE == 7
    assert sys.modules["json"] is json
    assert str(tmp_path) not in sys.path
    assert main(["none.py:Net"]) == 2
    assert "there is no file 'none.py'" in capsys.readouterr().err


@pytest.mark.parametrize("shape", [[3, 16, 16], torch.Size([3, 16, 16]), np.array([3, 16, 16])], ids=str)
def test_the_size_of_ones_own_in_other_forms(own, shape):
    find(own).build.input_shape = shape
    assert find(own).asked(1, None) == (1, 3, 16, 16)


@pytest.mark.parametrize("wrong", [16, "3x16x16", None, {"image": (3, 16, 16)}], ids=str)
def test_what_is_no_size_of_ones_own_is_refused_in_a_line(own, wrong, capsys):
    find(own).build.input_shape = wrong
    assert main([own]) == 2
    assert "Net.input_shape is one input's size, as (3, 224, 224); got" in capsys.readouterr().err


def test_a_size_is_that_of_what_stands_behind_the_channels(own):
    """A sequence had its channels changed too."""
    for shape, sized in {
        (3, 32): (1, 3, 9),
        (3, 8, 32): (1, 3, 8, 9),
        (3, 4, 8, 32): (1, 3, 4, 8, 9),
    }.items():
        find(own).build.input_shape = shape
        assert find(own).asked(1, (8, 9)) == sized


def test_from_the_command_line_with_its_keywords(own, capsys):
    assert main([own, "--channels", "8", "--bias=False", "--batch", "2", "--json"]) == 0
    assert f'"macs": {2 * 14 * 14 * 8 * 27},' in capsys.readouterr().out
    assert main(["--compare", own, "lenet5"]) == 0
    assert own in capsys.readouterr().out
    assert main([own, "--depht", "3"]) == 2
    assert "cannot be profiled so: " in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.export's own
def test_an_exported_program_costs_what_the_network_does(exported, capsys):
    file, layers = exported
    network, plain = find(file), profile(layers, (2, 4, 9, 9))
    found = profile(network.build, network.asked(1, None))
    assert (found.macs, found.params, found.notes) == (plain.macs, plain.params, ())
    assert [row.path for row in found.rows] == [row.path for row in plain.rows]
    assert main([file, "--size", "8"]) == 2
    assert "no size, no batch" in capsys.readouterr().err


def test_timm_by_the_size_that_its_weights_were_trained_at(monkeypatch):
    monkeypatch.setitem(
        sys.modules,
        "timm",
        SimpleNamespace(
            is_model=lambda name: name in ("swin_b", "vit_b"),
            list_models=lambda: ["swin_b", "vit_b"],
            get_pretrained_cfg=lambda name: (
                SimpleNamespace(input_size=(3, 384, 384)) if name == "swin_b" else None
            ),
            create_model=lambda name, bias=True: nn.Conv2d(3, len(name), 3, bias=bias),
        ),
    )
    network = find("timm:swin_b")
    assert (network.asked(1, None), find("timm:vit_b").shape) == ((1, 3, 384, 384), (3, 224, 224))
    assert network.build(bias=False).weight.shape == (6, 3, 3, 3)
    with pytest.raises(LookupError, match=r"timm has no 'swin'; did you mean timm:swin_b\?"):
        find("timm:swin")


def test_torchvision_without_weights_and_with_what_a_room_takes(monkeypatch):
    def builder(name, room):
        def build(*, weights="some", weights_backbone="some", num_classes=3):
            assert weights is weights_backbone is None
            return nn.Conv2d(3, num_classes, 1)

        build.__module__ = f"torchvision.models.{room}"
        return build

    rooms = {"a": "resnet", "b": "detection.rcnn", "c": "video.resnet", "d": "optical_flow.raft"}
    models = SimpleNamespace(
        list_models=lambda: list(rooms), get_model_builder=lambda n: builder(n, rooms[n])
    )
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(models=models))
    asked = {name: find(f"torchvision:{name}").asked(2, None) for name in "abc"}
    assert asked == {"a": (2, 3, 224, 224), "b": [[(3, 224, 224)] * 2], "c": (2, 3, 16, 224, 224)}
    assert find("torchvision:d").asked(1, None) == [(1, 3, 224, 224)] * 2
    assert find("torchvision:b").build(num_classes=5).out_channels == 5


def test_transformers_by_a_type_of_several_classes_at_its_backbones_size(monkeypatch):
    class Config:
        architectures, num_channels = None, 1
        backbone_config = SimpleNamespace(image_size=(96, 64))

    def from_config(config):
        return nn.Conv2d(config.num_channels, 5 + len([*config.architectures]), 3)

    auto = SimpleNamespace(_model_mapping={Config: None}, from_config=from_config)
    types = SimpleNamespace(CONFIG_MAPPING={"deit": Config})
    library = SimpleNamespace(**dict.fromkeys(elsewhere.HEADS, auto), __file__=__file__)
    for name in ("models", "models.auto", "models.auto.configuration_auto"):
        monkeypatch.setitem(sys.modules, f"transformers.{name}", types)
    monkeypatch.setitem(sys.modules, "transformers", library)
    network = find("transformers:deit")
    assert network.asked(2, None) == (2, 1, 96, 64)
    assert network.build().out_channels == 5


class Towers(nn.Module):
    """An image beside a text, and, in its second kind, a task that only its user knows."""

    def __init__(self):
        super().__init__()
        self.image, self.words = nn.Conv2d(3, 4, 8, 8), nn.Embedding(9, 4)
        self.product = nn.Linear(4, 5)

    def forward(self, input_ids, pixel_values, task=None):
        return self.product(self.words(input_ids)), self.image(pixel_values)


class Asks(Towers):
    def forward(self, pixel_values, task_inputs):
        return self.image(pixel_values) * task_inputs


def stand_in(monkeypatch, chosen):
    """The library transformers with one type, "pair", of one class."""

    class Config:
        image_size, text_config = 16, SimpleNamespace(max_position_embeddings=7)

    auto = SimpleNamespace(_model_mapping={Config: chosen}, from_config=lambda config: chosen())
    types = SimpleNamespace(CONFIG_MAPPING={"pair": Config})
    library = SimpleNamespace(**dict.fromkeys(elsewhere.HEADS, auto), __file__=__file__)
    for name in ("models", "models.auto", "models.auto.configuration_auto"):
        monkeypatch.setitem(sys.modules, f"transformers.{name}", types)
    monkeypatch.setitem(sys.modules, "transformers", library)


def test_an_image_is_counted_with_the_text_that_stands_beside_it(monkeypatch, capsys):
    """Two images of 16×16 pixels in patches of 8, and two texts of 7 words."""
    stand_in(monkeypatch, Towers)
    assert main(["transformers:pair", "--batch", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["macs"] == 2 * (2 * 2 * 4 * 3 * 64 + 7 * 4 * 5)
    assert found["input"] == "2x3x16x16 2x7"


def test_what_a_network_wants_more_is_said_by_name(monkeypatch, capsys):
    stand_in(monkeypatch, Asks)
    assert main(["transformers:pair"]) == 2
    said = "; from Python, profile() takes a dictionary of what it wants: pixel_values, task_inputs\n"
    assert capsys.readouterr().err.endswith(said)


def test_a_checkpoint_is_found_in_the_configuration_that_has_it_for_default(tmp_path):
    for name, text in {"res_net": '"lab/res-50"', "vit": "'lab/vit'"}.items():
        (tmp_path / name).mkdir()
        file = tmp_path / name / f"configuration_{name}.py"
        file.write_text(
            f'@auto(checkpoint={text})\nclass Config:\n    model_type = "{name.replace("_", "")}"\n'
        )
    assert elsewhere._holds(tmp_path, "lab/res-50") == "resnet"
    assert elsewhere._holds(tmp_path, "lab/vit") == "vit"
    assert elsewhere._holds(tmp_path, "lab/res") is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing_of_that_name:Net", "nothing_of_that_name is not installed"),
        ("my_net_of_a_test:Ne", "has no 'Ne'; did you mean my_net_of_a_test:Net?"),
        ("my_net_of_a_test:VALUE", "my_net_of_a_test has no 'VALUE'"),
        ("gone.pt2", "there is no file 'gone.pt2'"),
        ("gone.onnx", "there is no file 'gone.onnx'"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(own, name, message, capsys):
    assert main([name]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("spelt.py:Net", "def f(:", "SyntaxError: invalid syntax"),
        ("raises.py:Net", "{}['width']", "KeyError: 'width'"),
        ("asks.py:Net", "assert 1 > 2, 'never'", "AssertionError: never"),
        ("text.pt2", "no archive", "cannot be loaded: "),
    ],
)
def test_a_file_that_cannot_be_loaded_is_a_line(file, text, told, tmp_path, capsys):
    (tmp_path / file.removesuffix(":Net")).write_text(text)
    assert main([f"{tmp_path / file}"]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.startswith(f"cnnlab: {tmp_path / file.removesuffix(':Net')} cannot be loaded: ")
    assert error.count("\n") == 1


def test_a_library_that_a_file_lacks_is_named(tmp_path, capsys):
    (tmp_path / "lacks.py").write_text("import nothing_of_that_name")
    assert main([f"{tmp_path}/lacks.py:Net"]) == 2
    assert "nothing_of_that_name is not installed" in capsys.readouterr().err


def test_a_network_that_is_made_already_is_taken_as_it_is(tmp_path, capsys):
    (tmp_path / "made.py").write_text(f"{NET}\nnet = Net()\nnet.input_shape = Net.input_shape")
    assert main([f"{tmp_path}/made.py:net", "--json"]) == main([f"{tmp_path}/made.py:Net", "--json"]) == 0
    one, other = capsys.readouterr().out.replace(":net", ":Net").split("\n}\n", 1)
    assert f"{one}\n}}\n" == other


@pytest.mark.parametrize("size", ["0", "-3", "3x4x5", "99999999999x3", "1e3"])
def test_a_size_beyond_reason_is_refused_in_a_line(size, capsys):
    assert main(["resnet18", f"--size={size}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# ---- ONNX ----

RANDOM = np.random.default_rng(0)


def random(*shape):
    return RANDOM.random(shape, dtype=np.float32)


X, W, T, B = random(2, 4, 9, 8), random(6, 2, 3, 2), random(4, 3, 3, 2), random(6)
G = 2 * random(2, 3, 5, 2) - 1
ints = lambda *values: np.array(values)  # noqa: E731
x, w, t, b = map(torch.from_numpy, (X, W, T, B))
C = torch.ones(4)
# operator: (attributes, inputs after the image, what torch makes of the same numbers)
NODES = {
    "Conv": (
        {"strides": [2, 1], "pads": [1, 0, 1, 0], "dilations": [1, 2], "group": 2},
        [W, B],
        F.conv2d(x, w, b, (2, 1), (1, 0), (1, 2), 2),
    ),
    "Conv, sides that differ": (
        {"pads": [0, 1, 2, 3], "group": 2},
        [W],
        F.conv2d(F.pad(x, (1, 3, 0, 2)), w, groups=2),
    ),
    "Conv, as large as before": (
        {"auto_pad": b"SAME_UPPER", "group": 2},
        [W],
        F.conv2d(F.pad(x, (0, 1, 1, 1)), w, groups=2),
    ),
    "ConvTranspose": (
        {"strides": [2, 2], "pads": [1, 0, 1, 0], "output_padding": [1, 0], "group": 2},
        [T],
        F.conv_transpose2d(x, t, None, 2, (1, 0), (1, 0), 2),
    ),
    "MaxPool": (
        {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 0]},
        [],
        F.max_pool2d(x, (3, 2), 2, (1, 0)),
    ),
    "MaxPool, rounded up": (
        {"kernel_shape": [2, 3], "strides": [2, 2], "ceil_mode": 1},
        [],
        F.max_pool2d(x, (2, 3), 2, ceil_mode=True),
    ),
    "AveragePool": (
        {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
        [],
        F.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
    ),
    "Conv, to one channel": ({}, [random(1, 4, 1, 1), random(1)], None),
    "Conv, one by one": ({"auto_pad": b"VALID", "group": 4}, [random(4, 1, 1, 1)], None),
    "ConvTranspose, valid": ({"auto_pad": b"VALID"}, [T], F.conv_transpose2d(x, t)),
    "Resize, by axes": (
        {"axes": [-1, 2]},
        [None, None, ints(16, 9)],
        F.interpolate(x, (9, 16)),
    ),
    "PRelu, pixel by pixel": ({}, [random(4, 9, 8)], x),
    "Celu": ({}, [], F.celu(x)),
    "ThresholdedRelu": ({"alpha": 0.5}, [], F.threshold(x, 0.5, 0)),
    "GatherElements": ({"axis": 3}, [np.zeros((2, 4, 9, 1), int)], x[..., :1]),
    "LRN": ({"size": 3}, [], F.local_response_norm(x, 3)),
    "SpaceToDepth": ({"blocksize": 1}, [], x),
    "Tile": ({}, [ints(1, 1, 2, 1)], x.repeat(1, 1, 2, 1)),
    "Trilu": ({"upper": 0}, [ints(1)], x.tril(1)),
    "ReduceL1": ({"axes": [1]}, [], x.sum(1, keepdim=True)),
    "GlobalAveragePool": ({}, [], x.mean((2, 3), keepdim=True)),
    "ReduceMean": ({"axes": [2, 3], "keepdims": 0}, [], x.mean((2, 3))),
    "ReduceSum": ({}, [ints(-1)], x.sum(-1, keepdim=True)),
    "BatchNormalization": ({}, [np.ones(4, np.float32)] * 4, F.batch_norm(x, C, C, C, C)),
    "LayerNormalization": ({"axis": -1}, [np.ones(8, np.float32)], F.layer_norm(x, [8])),
    "Clip": ({}, [np.float32(0.2), np.float32(0.6)], x.clamp(0.2, 0.6)),
    "Clip, at one end": ({"max": 0.5}, [], x.clamp(max=0.5)),
    "Flatten": ({}, [], x.flatten(1)),
    "Reshape": ({}, [ints(0, -1, 3)], x.reshape(2, -1, 3)),
    "Transpose": ({"perm": [0, 2, 3, 1]}, [], x.permute(0, 2, 3, 1)),
    "Slice": ({}, [ints(1, 0), ints(2**62, -1), ints(2, 3), ints(2, 1)], x[:, :, 1::2, :-1]),
    "Split": ({"axis": 1}, [ints(1, 3)], x[:, :1]),
    "Gather": ({"axis": 1}, [ints(2, 0)], x[:, [2, 0]]),
    "Gather, a table": ({"axis": 1}, [ints([2, 0], [1, 3])], x[:, [[2, 0], [1, 3]]]),
    "Gather, one": ({"axis": 2}, [np.int64(3)], x[:, :, 3]),
    "Unsqueeze": ({}, [ints(0, -1)], x[None, ..., None]),
    "Squeeze": ({"axes": []}, [], x),
    "Concat": ({"axis": 1}, [X], torch.cat([x, x], 1)),
    "Expand": ({}, [ints(3, 1, 1, 1, 1)], x.expand(3, *x.shape)),
    "Pad": ({"mode": b"reflect"}, [ints(0, 0, 1, 2, 0, 0, 3, 0)], F.pad(x, (2, 0, 1, 3), "reflect")),
    "Resize": (
        {"mode": b"linear"},
        [None, np.array([1, 1, 2, 1.5], np.float32)],
        F.interpolate(x, (18, 12), mode="bilinear"),
    ),
    "Gemm": ({"transB": 1}, [random(5, 8), random(5)], None),
    "Mul": ({}, [np.float32(3)], 3 * x),
    "Softmax": ({"axis": 1}, [], x.softmax(1)),
    "PRelu": ({}, [random(4, 1, 1)], x),
    "ReduceMin": ({"axes": [1]}, [], x.amin(1, keepdim=True)),
    "ArgMax": ({"axis": 1, "keepdims": 0}, [], x.argmax(1)),
    "TopK": ({"axis": 2}, [ints(3)], x.topk(3, 2)[0]),
    "CumSum": ({}, [ints(2)], x.cumsum(2)),
    "Einsum": ({"equation": b"nchw,nchw->nc"}, [X], (x * x).sum((2, 3))),
    "GridSample": ({}, [G], F.grid_sample(x, torch.from_numpy(G), align_corners=False)),
    "Upsample": ({"mode": b"nearest"}, [np.array([1, 1, 2, 3], np.float32)], F.interpolate(x, (18, 24))),
    "LogSoftmax": ({"axis": 1}, [], x.log_softmax(1)),
    "Greater": ({}, [np.float32(0.5)], x > 0.5),
    "Max": ({}, [1 - X], torch.maximum(x, 1 - x)),
    "Abs": ({}, [], x),
    "Selu": ({}, [], F.selu(x)),
}


def graph(operator, attributes, more):
    """A network of that one node, whose image comes in and whose weights are held."""
    held = {f"w{k}": value for k, value in enumerate(more) if value is not None}
    names = ["x", *(f"w{k}" if value is not None else "" for k, value in enumerate(more))]
    return Graph([Step(operator, names, ["y", "z"], attributes)], held, ["x"], ["y"])


@pytest.mark.parametrize("name", NODES)
def test_a_node_of_onnx_computes_what_torch_computes(name):
    operator, (attributes, more, expected) = name.partition(",")[0], NODES[name]
    given = x
    if operator == "Gemm":
        given, (weight, bias) = x[0, 0], map(torch.from_numpy, more)
        expected = F.linear(given, weight, bias)
    elif expected is None:
        expected = F.conv2d(x, *map(torch.from_numpy, more), groups=attributes.get("group", 1))
    network = graph(operator, attributes, more)
    torch.testing.assert_close(network(given), expected)
    assert profile(network, tuple(given.shape)).outputs == {"": tuple(expected.shape)}  # without values too


def test_an_onnx_graph_is_counted_and_its_rows_have_the_exporters_names():
    steps = [
        Step("Conv", ["x", "w"], ["a"], {"group": 2, "pads": [1, 1, 1, 1]}, "/stem/conv.0/Conv"),
        Step("Relu", ["a"], ["b"]),
        Step("ConvTranspose", ["b", "t"], ["c"], {"strides": [2, 2]}),
        Step("Shape", ["c"], ["d"]),
        Step("Reshape", ["c", "d"], ["y"]),
    ]
    found = profile(Graph(steps, {"w": W, "t": random(6, 3, 2, 2)}, ["x"], ["y"]), (2, 4, 9, 8))
    assert found.macs == 2 * (9 * 9 * 6 * 12 + 9 * 9 * 6 * 12)
    assert [row.path for row in found.rows] == [
        "nodes.stem/conv_0/Conv",
        "nodes.Relu_1",
        "nodes.ConvTranspose_2",
    ]


def test_weights_are_counted_once_and_what_is_not_learned_is_none():
    mean, var = np.zeros(6, np.float32), np.ones(6, np.float32)
    steps = [
        Step("Conv", ["x", "w"], ["a"], {"pads": [1, 1, 1, 1]}),
        Step("Conv", ["a", "w"], ["b"], {"pads": [1, 1, 1, 1]}),  # the same layer again
        Step("BatchNormalization", ["b", "scale", "shift", "mean", "var"], ["c"]),
        Step("Clip", ["c", "low", "high"], ["d"]),
        Step("Resize", ["d", "", "times"], ["e"]),
        Step("Mul", ["e", "factor"], ["f"]),
        Step("Conv", ["f", "one", "bias"], ["y"]),  # to one channel: its bias is a single number
    ]
    held = {
        "w": random(6, 6, 3, 3), "scale": random(6), "shift": random(6), "mean": mean, "var": var,
        "low": np.zeros(1, np.float32), "high": np.ones(1, np.float32), "factor": random(1),
        "times": np.array([1, 1, 2, 2], np.float32), "one": random(1, 6, 1, 1), "bias": random(1),
    }  # fmt: skip
    layer = torch.nn.Conv2d(6, 6, 3, padding=1, bias=False)
    up, last = torch.nn.Upsample(scale_factor=2), torch.nn.Conv2d(6, 1, 1)
    own = profile(
        torch.nn.Sequential(layer, layer, torch.nn.BatchNorm2d(6), torch.nn.ReLU6(), up, last), (1, 6, 8, 8)
    )
    found = profile(Graph(steps, held, ["x"], ["y"]), (1, 6, 8, 8))
    assert (found.params, found.macs) == (own.params, own.macs)


@pytest.mark.parametrize(
    ("sides", "size", "asked"),
    [
        ((0, 3, 0, 0), None, (2, 3, 224, 224)),
        ((0, 0, 0, 0), (64, 96), (2, 3, 64, 96)),
        ((0, 1, 28, 28), None, (2, 1, 28, 28)),
        ((0, 0, 0, 3), (64, 96), (2, 64, 96, 3)),
        ((0, 80, 0), (64, 96), (2, 80, 96)),
        ((0, 0), None, (2, 1)),
        ((0,), None, (2,)),
    ],
)
def test_what_an_onnx_file_leaves_open_is_asked(sides, size, asked):
    images, words = onnx_graph.filled([Open(sides), Open(sides, is_whole=True)], 2, size)
    assert images == words.shape == asked
    assert words.dtype == torch.long


@pytest.mark.parametrize(
    ("sides", "batch", "size", "refused"),
    [
        ((1, 3, 32, 32), 2, None, r"it was exported for 1×3×32×32: no other batch"),
        ((1, 3, 32, 32), 2, (8, 8), r"it was exported for 1×3×32×32: no other size or batch"),
        ((0, 3, 32, 32), 2, (8, 8), r"it was exported for \?×3×32×32: no other size"),
    ],
)
def test_what_an_onnx_file_fixes_stays(sides, batch, size, refused):
    with pytest.raises(ValueError, match=refused):
        onnx_graph.filled([Open(sides)], batch, size)


def test_a_word_of_another_domain_is_no_operator_of_onnxs():
    nodes = [SimpleNamespace(domain=domain, op_type="Conv") for domain in ("", "ai.onnx", "com.microsoft")]
    assert [*map(onnx_graph._name, nodes)] == ["Conv", "Conv", "com.microsoft.Conv"]
    with pytest.raises(NotImplementedError, match=r'OPERATORS\["com.microsoft.Conv"\] = lambda'):
        graph("com.microsoft.Conv", {}, [W])(x)


GATES = {"LSTM": "iofc", "GRU": "zrh", "RNN": "h"}  # in ONNX's order
TORCHS = {"LSTM": "ifco", "GRU": "rzh", "RNN": "h"}


def onnxs(kind, weights):
    """Weights of both directions as ONNX stacks them."""

    def one(weight):
        parts = dict(zip(TORCHS[kind], weight.detach().chunk(len(GATES[kind])), strict=True))
        return torch.cat([parts[gate] for gate in GATES[kind]])

    return torch.stack([one(weight) for weight in weights]).numpy()


@pytest.mark.parametrize("kind", GATES)
def test_recurrent_nodes_compute_what_torch_computes_and_cost_the_same(kind):
    torch.manual_seed(0)
    layer = getattr(torch.nn, kind)(10, 20, bidirectional=True)
    own = dict(layer.named_parameters())
    weight, hidden = (
        onnxs(kind, [own[f"weight_{n}_l0{end}"] for end in ("", "_reverse")]) for n in ("ih", "hh")
    )
    bias = np.concatenate(
        [onnxs(kind, [own[f"bias_{n}_l0{end}"] for end in ("", "_reverse")]) for n in ("ih", "hh")], 1
    )
    how = {"direction": b"bidirectional", "linear_before_reset": 1}
    network, given = graph(kind, how, [weight, hidden, bias]), torch.rand(5, 3, 10)
    expected = layer(given)[0]
    torch.testing.assert_close(network(given).transpose(1, 2).flatten(2), expected)
    assert profile(network, (5, 3, 10)).macs == profile(layer, (5, 3, 10)).macs


def test_recurrent_gates_of_another_kind_are_refused():
    weights = [random(1, 60, 10), random(1, 60, 20)]
    with pytest.raises(NotImplementedError, match="this GRU has lengths, a layout or gates"):
        graph("GRU", {}, weights)(torch.rand(5, 3, 10))


def test_words_are_looked_up_where_they_are_an_input():
    network = Graph([Step("Gather", ["t", "x"], ["y"])], {"t": random(9, 4)}, ["x"], ["y"])
    assert profile(network, torch.zeros(2, 3, dtype=torch.long)).outputs == {"": (2, 3, 4)}


def test_a_node_without_a_rule_is_named():
    with pytest.raises(NotImplementedError, match=r"ONNX's Scan has no rule; .*onnx_graph.OPERATORS"):
        graph("Scan", {}, [])(x)


def test_the_notebook_for_colab_was_executed_and_says_what_profile_says():
    """Its five networks are timm's, which is not installed here: ResNet-50 is also the book's."""
    notebook = json.loads((ROOT / "book" / "_static" / "profile_timm.ipynb").read_text(encoding="utf-8"))
    outputs = [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(outputs)
    assert not any(output["output_type"] == "error" for cell in outputs for output in cell)
    ours = profile(VARIANTS["resnet50"].build)
    assert f"resnet50{ours.params:27,}{ours.macs:15,}" in "".join(outputs[1][0]["text"])
