"""The command line's numbers are those of torch's own counter; its mistakes are one line and no traceback."""

import csv
import inspect
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import cnnlab.__main__ as command
from cnnlab import roofline
from cnnlab.models import PAPERS, VARIANTS, mobilenet_v2
from cnnlab.profiler import profile

PAGE = Path(__file__).parents[1] / "book" / "command_line.md"


@pytest.fixture
def ask(capsys):
    """`ask("resnet18 --csv")`: what is printed; the exit status must be 0."""

    def ask(line):
        assert command.main(shlex.split(line)) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return ask


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


# ---- The list ----


def test_the_list_has_every_model_once_as_it_is_stated(ask):
    listed = {row["model"]: row for row in json.loads(ask("--json"))}
    assert sorted(listed) == sorted(VARIANTS)
    for name, (_, cost, shape) in VARIANTS.items():
        row = listed[name]
        assert (row["params"], row["macs"]) == cost
        assert row["input"] == "x".join(map(str, shape))
    assert rows(ask("--csv")) == [{k: str(v) for k, v in row.items()} for row in listed.values()]
    printed = re.findall(r"^  (\w+) +([\d,]+) +([\d,]+) +([\d×]+)$", ask(""), re.MULTILINE)
    assert [name for name, *_ in printed] == list(listed)
    assert {int(macs.replace(",", "")) for _, _, macs, _ in printed} == {
        v.cost.macs for v in VARIANTS.values()
    }


def test_the_list_builds_nothing(ask, monkeypatch):
    monkeypatch.setattr(nn.Module, "__init__", lambda self: pytest.fail("a network was built"))
    assert "resnet50" in ask("")


def test_the_list_goes_by_year_with_each_papers_title_once(ask):
    titles = [line for line in ask("").splitlines()[1:] if line and line[0] != " "]
    years = [int(title[-5:-1]) for title in titles]
    assert years == sorted(years)
    assert titles[0] == "Gradient-Based Learning Applied to Document Recognition (1998)"
    assert titles == list(dict.fromkeys(f"{paper.title} ({paper.year})" for paper in by_year(PAPERS)))


def by_year(papers):
    return sorted(papers.values(), key=lambda paper: (paper.year, paper.key))


# ---- One, and several ----


def counted(build, *shape):
    with torch.device("meta"):
        model, images = build().eval(), torch.empty(shape)
    with FlopCounterMode(display=False) as counter:
        model(images)
    return sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2


def test_a_model_of_any_width_and_size(ask):
    params, macs = counted(lambda: mobilenet_v2.MobileNetV2(width=0.75), 2, 3, 192, 160)
    found = json.loads(ask("mobilenet_v2 --width 0.75 --size 192x160 --batch 2 --json"))
    assert (found["params"], found["macs"], found["flops"]) == (params, macs, 2 * macs)
    assert (found["input"], found["output"]) == ("2x3x192x160", "2x1000")
    assert found["weight_bytes"] == 4 * params
    assert sum(row["macs"] for row in found["table"]) == macs
    assert sum(row["params"] for row in found["table"]) == params
    as_lines = rows(ask("--width=0.75 mobilenet_v2 --size 192x160 --batch 2 --csv"))
    assert [int(row["macs"]) for row in as_lines] == [row["macs"] for row in found["table"]]
    assert [row["output"] for row in as_lines] == [row["output"] for row in found["table"]]


def test_channels_classes_and_depth(ask):
    whole = json.loads(ask("resnet18 --num-classes 7 --in-channels=1 --size 64 --depth all --json"))
    assert (whole["input"], whole["output"]) == ("1x1x64x64", "1x7")
    coarse = json.loads(ask("resnet18 --num-classes 7 --in-channels 1 --size 64 --depth 1 --json"))
    assert len(whole["table"]) > 60
    assert [row["module"] for row in coarse["table"]][-2:] == ["", "fc"]
    assert sum(row["macs"] for row in whole["table"]) == coarse["macs"]
    printed = ask("resnet18 --num-classes 7 --in-channels 1 --size 64 --depth 1")
    assert f"{coarse['macs']:,}" in printed.splitlines()[len(coarse["table"]) + 1]  # the table's total
    assert re.search(r"^output +1×7$", printed, re.MULTILINE)


def test_a_model_that_is_built_for_a_size_is_built_for_the_one_asked(ask):
    fixed = [name for name, v in VARIANTS.items() if "image_size" in inspect.signature(v.build).parameters]
    for name in fixed:
        channels, side, _ = VARIANTS[name].input_shape
        assert (
            json.loads(ask(f"{name} --size {side + 4} --json"))["input"]
            == f"1x{channels}x{side + 4}x{side + 4}"
        )


def test_models_side_by_side(ask):
    """Costs are those of the tests of the models, fields those that chapter 3 derives."""
    found = {row["model"]: row for row in rows(ask("--compare alexnet resnet50 mobilenet_v2 --csv"))}
    for name, row in found.items():
        assert (int(row["params"]), int(row["macs"])) == VARIANTS[name].cost
    fields = {name: row["receptive_field"] for name, row in found.items()}
    assert fields == {"alexnet": "195", "resnet50": "427", "mobilenet_v2": "491"}
    assert json.loads(ask("--compare alexnet resnet50 --json"))[1] == {
        key: int(value) if value.isdecimal() else value for key, value in found["resnet50"].items()
    }
    head, *lines = ask("alexnet --compare resnet50 mobilenet_v2").splitlines()
    assert head.split() == ["alexnet", "resnet50", "mobilenet_v2"]
    assert {len(line) for line in lines} == {len(head)}
    weights = next(line for line in lines if line.startswith("weights"))
    assert f"{4 * 25_557_032 / 2**20:.2f} MiB" in weights


def test_outputs_of_a_detector_and_fields_that_differ(ask):
    found = json.loads(ask("fpn_resnet18 --size 64 --json"))
    anchors = 3 * (16**2 + 8**2 + 4**2 + 2**2 + 1)
    assert found["output"] == f"1x{anchors} 1x{anchors}x4"


# ---- Memory and time ----


def test_memory_by_run_and_layout(ask):
    found = json.loads(ask("resnet20 --memory --batch 2 --json"))
    assert [(r["run"], r["layout"]) for r in found[:3]] == [
        ("one use", "contiguous"),
        ("one use", "channels_last"),
        ("step with sgd", "contiguous"),
    ]
    assert {r["batch"] for r in found} == {2}
    weights = VARIANTS["resnet20"].cost.params * 4
    assert {r["run"]: r["optimizer"] // weights for r in found} == {
        "one use": 0,
        "step with sgd": 0,
        "step with momentum": 1,
        "step with adam": 2,
    }
    assert len(rows(ask("resnet20 --memory --csv"))) == len(found)
    head, *lines = ask("resnet20 --memory").splitlines()
    assert head.split() == ["layout", "weights", "gradients", "optimizer", "peak", "total", "peak", "in"]
    assert lines[-1].startswith("MiB, batch 1, ")


def test_the_batch_that_fits(ask):
    found = json.loads(ask("lenet5_modern --fits 1.5MB --json"))
    assert (found["bytes"], list(found["images"])) == (
        1_500_000,
        ["one use", "step with sgd", "step with momentum", "step with adam"],
    )
    counts = list(found["images"].values())
    assert counts == sorted(counts, reverse=True)
    assert re.search(rf"^one use +{counts[0]}$", ask("lenet5_modern --fits 1.5MB"), re.MULTILINE)


def test_the_time_is_predicted_from_networks_that_are_measured_now(ask, monkeypatch):
    work = np.array([[1e6, 1e5], [1e3, 1e6]])
    times = [roofline.Timed(work * n, n * 0.003) for n in range(1, 6)]
    monkeypatch.setattr(roofline, "measured", lambda: times)
    roof, found = roofline.fit(times), profile(VARIANTS["lenet5"].build, (1, 1, 32, 32))
    printed = ask("lenet5 --latency")
    assert f"lenet5: {1e3 * roof.seconds(found):,.1f} ms predicted, batch 1" in printed
    assert "half are off by a factor of 1.00 at most, the worst by 1.00" in printed


# ---- Mistakes ----


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("mobilenetv2", r"no model 'mobilenetv2'; did you mean mobilenet_v2\?"),
        ("ResNet-50", r"did you mean resnet50"),
        ("xyzzy", r"no model 'xyzzy'; python -m cnnlab lists all"),
        ("--compare resnet18 vgg_16", r"no model 'vgg_16'; did you mean vgg16\?"),
        ("resnet18 vgg11", r"one model at a time, or --compare resnet18 vgg11"),
        ("resnet50 --width 0.75", r"resnet50 has no --width; it has --num-classes, --in-channels"),
        ("--compare mobilenet_v2 resnet50 --width 0.75", r"resnet50 has no --width"),
        ("fpn_resnet50 --num-classes 3", r"fpn_resnet50 has no --num-classes; it has --in-channels"),
        ("mobilenet_v2 --width", r"--width needs a value"),
        ("mobilenet_v2 --width wide", r"--width takes a value like 1\.0; got 'wide'"),
        ("mobilenet_v2 --width True", r"--width takes a value like 1\.0; got 'True'"),
        ("mobilenet_v2 --width 0", r"cannot be built so: 0.* channels cannot be rounded"),
        ("mobilenet_v2 --width 1e400", r"cannot be built so: "),
        ("resnet18 --num-classes 0", r"--num-classes must be at least 1; got 0"),
        ("resnet18 --in-channels 2.5", r"--in-channels takes a value like 3; got '2\.5'"),
        ("resnet18 --size 0", r"--size: '0' is no whole number of at least 1"),
        ("resnet18 --size 1x2x3", r"--size: '1x2x3' is more than a height and a width"),
        ("resnet18 --size 224x", r"--size: '224x' is no size like 192 or 480x640"),
        ("resnet18 --in-channels=-1", r"--in-channels must be at least 1; got -1"),
        ("resnet50 --sise 64", r"resnet50 has no --sise; did you mean --size\? It has --num-classes, --in-"),
        ("resnet20 --fits 0", r"'0' is no amount of memory like 4GiB or 512MB"),
        ("--memory", r"name a model as well"),
        ("--html list.html", r"name a model as well"),
        ("--batch 4 --json", r"name a model as well"),
        (f"{__file__}", r"of a file it reads FILE\.py:Net, FILE\.pt2 and FILE\.onnx"),
        ("resnet18 --batch two", r"--batch: 'two' is no whole number"),
        ("resnet18 --depth 0", r"--depth: '0' is no whole number"),
        ("--json --csv", r"not allowed with"),
        ("--size 224", r"name a model as well"),
        ("--width 0.5", r"name a model as well"),
        ("alexnet --size 20", r"alexnet takes no image of 20×20; the smallest square is 63×63"),
        ("unet --size 187x400", r"unet takes no image of 187×400; the smallest square is 188×188"),
        ("resnet20 --fits lots", r"'lots' is no amount of memory like 4GiB or 512MB"),
        (
            "resnet20 --fits 1MB",
            r"resnet20 cannot be profiled so: one image takes [\d,]+ bytes, and there are",
        ),
        ("--compare resnet20 resnet56 --memory", r"--memory, --fits and --latency are for one model"),
        ("lenet5 --latency --json", r"--latency has no --json"),
        ("lenet5 --fits 1MiB --csv", r"--fits has no --csv"),
        ("capsnet --size 10", r"capsnet takes no image of 10×10; the smallest square is 17×17"),
    ],
)
def test_a_mistake_is_answered_in_a_line(capsys, line, answer):
    assert command.main(shlex.split(line)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.match(f"cnnlab: .*{answer}", err)
    assert err.count("\n") == 1


def test_the_module_that_cannot_take_its_input_is_named(capsys, tmp_path):
    text = (
        "from torch import nn\nNet = lambda: nn.Sequential(nn.Identity(), nn.Sequential(nn.Conv2d(1, 8, 3)))"
    )
    (tmp_path / "grey.py").write_text(text)
    assert command.main([f"{tmp_path}/grey.py:Net"]) == 2
    told = "in the module '1.0', Conv2d, which got 1×3×224×224\n"
    assert capsys.readouterr().err.endswith(told)


# ---- The program ----


def run(program):
    return subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)


def test_help_needs_no_torch_and_says_what_there_is():
    asked = "import sys, cnnlab.__main__ as c\ntry: c.main(['--help'])\nfinally: "
    program = asked + "assert not {'torch', 'numpy', 'cnnlab.models'} & set(sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    for option in ("--compare", "--size", "--batch", "--depth", "--json", "--csv", "--width"):
        assert option in found.stdout


def test_only_what_is_known_to_be_published_is_told_to_be_installed(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    assert command.main(["timm:resnet18"]) == command.main(["tim:resnet18"]) == 2
    known, mistyped = capsys.readouterr().err.splitlines()
    assert known == "cnnlab: timm is not installed: python -m pip install timm"
    assert mistyped == "cnnlab: tim is not installed, and no module of that name stands here"


def test_a_reader_that_has_seen_enough_ends_it_quietly():
    shell = f"({sys.executable} -m cnnlab; echo status $? >&2) | true"  # reads nothing at all
    assert run(shell).stderr == "status 0\n"


def test_a_mistake_is_the_exit_status():
    found = run(f"{sys.executable} -m cnnlab resnet_50")
    assert (found.returncode, found.stdout) == (2, "")
    assert "did you mean resnet50" in found.stderr


# ---- The page ----

TRANSCRIPTS = re.findall(
    r"```console\n\$ python -m cnnlab(.*)\n((?:.*\n)*?)```", PAGE.read_text(encoding="utf-8")
)


def test_the_page_shows_each_kind_of_answer():
    lines = " ".join(line for line, _ in TRANSCRIPTS)
    assert len(TRANSCRIPTS) >= 7
    assert all(option in lines for option in ("--width", "--size", "--depth", "--compare", "--csv"))


@pytest.mark.parametrize(
    ("line", "shown"), TRANSCRIPTS, ids=[line.strip() or "list" for line, _ in TRANSCRIPTS]
)
def test_what_the_page_shows_is_what_is_printed(capsys, line, shown):
    """A line of … stands for any lines; a model with a longer name may make the list's columns wider."""
    status = command.main(shlex.split(line))
    out, err = capsys.readouterr()
    assert status == (2 if err else 0)
    pattern = "(?:.*\n)*".join(re.escape(re.sub(" +", " ", part)) for part in shown.split("…\n"))
    assert re.fullmatch(pattern, re.sub(" +", " ", out + err))


class Normalized(nn.Module):
    """Like a ConvNeXt's end: means, and a normalization that has their channels last."""

    input_shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 4, 4), nn.Conv2d(8, 8, 3, padding=1))
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        return self.norm(self.layers(x).mean((2, 3), keepdim=True).permute(0, 2, 3, 1)).flatten(1)


def test_the_receptive_field_is_that_of_the_last_map():
    """What a normalization says of one place is no map: 4 + 2 · 4 pixels, not all 32."""
    found = profile(Normalized(), (1, 3, 32, 32))
    assert found.rows[-1].receptive_field == 32
    assert command.figures(SimpleNamespace(name="net"), found)["receptive_field"] == 12
    found = profile(nn.Sequential(nn.Conv1d(3, 8, 5), nn.AdaptiveAvgPool1d(1)), (1, 3, 32))
    assert command.figures(SimpleNamespace(name="net"), found)["receptive_field"] == 5
