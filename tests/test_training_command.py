"""`python -m cnnlab.training`, and the same under torchrun: two processes learn what one does."""

import json
import os
import subprocess
import sys

import pytest
import torch
from torch.nn import functional as F

from cnnlab.data import digits, split
from cnnlab.models import VARIANTS
from cnnlab.training import History, Recipe, fit, initialize
from cnnlab.training.__main__ import main
from cnnlab.training.group import Group

ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def torchrun(tmp_path, *words):
    """What two processes leave behind."""
    file = tmp_path / "two.json"
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += "--local-addr localhost --nproc-per-node 2 -m cnnlab.training --history".split()
    command += [str(file), *words]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "processes: 2" in done.stdout
    return History(**json.loads(file.read_text()))


@pytest.mark.slow
def test_two_processes_learn_what_one_does(tmp_path):
    """Every step's loss, augmentation, clipping and the test included: shares of 31 and 30 of 61 images."""
    words = "--model lenet5 --rule lenet --epochs 2 --lr 0.001 --shift 1 --clip 5 --warmup 3".split()
    two = torchrun(tmp_path, *words)
    assert main([*words, "--history", str(tmp_path / "one.json")]) == 0
    one = History(**json.loads((tmp_path / "one.json").read_text()))
    assert two.step_loss == pytest.approx(one.step_loss, rel=1e-3)
    assert two.test_loss == pytest.approx(one.test_loss, rel=1e-3)
    assert two.accuracy == pytest.approx(one.accuracy, abs=2 / 450)
    assert one.loss[1] < one.loss[0] - 0.2


@pytest.mark.slow
def test_each_process_normalizes_its_own_images(tmp_path):
    """With batch normalization, the loss is the mean of two halves', each under its own statistics."""
    two = torchrun(tmp_path, *"--model resnet20 --epochs 1 --batch-size 128".split())
    train, _ = split(digits())
    order = torch.randperm(1347, generator=torch.Generator().manual_seed(0)).tensor_split(11)[0]
    model = initialize(VARIANTS["resnet20"].build(in_channels=1), "he_fan_in").train()
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    halves = [F.cross_entropy(model(images[half]), labels[half], reduction="sum") for half in order.chunk(2)]
    assert two.step_loss[0] == pytest.approx((sum(halves) / len(order)).item(), rel=1e-4)
    assert two.step_loss[0] != pytest.approx(
        F.cross_entropy(model(images[order]), labels[order]).item(), rel=1e-4
    )


def test_shares_leave_nothing_out():
    batch = torch.arange(7)
    shares = [Group(rank, 3).share(batch).tolist() for rank in range(3)]
    assert shares == [[0, 1, 2], [3, 4], [5, 6]]


def test_more_processes_than_images_are_refused(monkeypatch):
    monkeypatch.setattr(Group, "current", classmethod(lambda cls: cls(0, 8)))
    monkeypatch.setattr(Group, "joined", lambda self, model: model)
    model = VARIANTS["lenet5"].build()
    with pytest.raises(ValueError, match="8 processes cannot share batches of 3"):
        fit(model, split(digits(32))[0], recipe=Recipe(batch_size=4), progress=False)


def test_it_continues_a_training(tmp_path, capsys):
    words = "--model squeezenet1_1 --size 32 --epochs 2 --batch-size 449 --lr 0.01".split()
    words += ["--checkpoint", str(tmp_path / "run.pt"), "--history", str(tmp_path / "run.json")]
    assert main(words) == 0
    first, said = (tmp_path / "run.json").read_text(), capsys.readouterr().out
    assert "squeezenet1_1 on digits: 1,347 images, processes: 1" in said
    assert [line.split()[0] for line in said.splitlines()[1:]] == ["epoch", "1", "2"]
    assert main(words) == 0  # nothing is left to do
    assert (tmp_path / "run.json").read_text() == first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--model lenet", "no model 'lenet'; did you mean 'lenet5'?"),
        ("--data imagenet", "no data set 'imagenet'; known: digits, cifar10"),
        ("--data cifar10 --size 32", "--size is for digits"),
        ("--model alexnet --size 8", "images [1, 8, 8] do not go through AlexNet"),
        ("--epochs 0", "epochs must be at least 1, got 0"),
        ("--rule he", "no rule 'he'"),
        ("--lr 1e9 --schedule constant", "with a learning rate of 1e+09"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words, message, capsys):
    assert main(words.split()) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "cnnlab: " in said
    assert message in said


def test_a_missing_data_set_says_where_it_may_be_put(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    monkeypatch.setattr("cnnlab.data.CIFAR10", "http://127.0.0.1:9/cifar-10-binary.tar.gz")
    assert main(["--model", "resnet20", "--data", "cifar10"]) == 2
    assert f"or put the file into {tmp_path} yourself" in capsys.readouterr().err
