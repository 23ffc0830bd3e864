"""Pruning, sharing, coding: what is written is what is read, and no code is shorter than it can be."""

from itertools import permutations

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import compression
from cnnlab.data import Data
from cnnlab.training import Recipe, fit


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 36, 40),
        nn.Linear(40, 10),
    )


def scores(model):
    with torch.no_grad():
        return model.eval()(torch.linspace(-1, 1, 3 * 64).view(3, 1, 8, 8))


def test_pruning_keeps_the_largest_and_training_does_not_bring_the_others_back():
    model, shares = network(), {"0": 0.5, "4": 0.1}
    before = {name: model.get_submodule(name).weight.detach().abs().flatten().sort()[0] for name in shares}
    compression.prune(model, shares)
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(20, 1, 8, 8)).astype(np.float32), rng.integers(0, 10, 20))
    for name, kept in {"0": 18, "4": 576}.items():
        weight = model.get_submodule(name).weight.abs().flatten()
        assert torch.equal(weight[weight > 0].sort()[0], before[name][-kept:])
    fit(model, data, recipe=Recipe(2, batch_size=10), progress=False)
    trained = scores(model)
    compression.settle(model)
    assert type(model[4]) is nn.Linear
    assert torch.equal(scores(model), trained)
    assert [int((model.get_submodule(name).weight != 0).sum()) for name in shares] == [18, 576]


def test_a_share_that_keeps_nothing_is_refused():
    with pytest.raises(ValueError, match="got 0 for '4'"):
        compression.prune(network(), {"4": 0})


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_no_move_of_a_centre_brings_the_values_closer(bits):
    values = np.random.default_rng(bits).normal(size=400)
    centres = compression.cluster(values, bits, steps=300)
    codes = compression.nearest(values, centres)
    assert len(centres) <= 2**bits
    assert np.array_equal(codes, np.abs(values[:, None] - centres).argmin(axis=1))
    means = [values[codes == code].mean() for code in range(len(centres))]
    assert np.allclose(means, centres)


def test_fewer_values_than_codes_are_kept_exactly():
    values = np.array([1.0, 5.0, 5.0, 2.0])
    assert compression.cluster(values, 8).tolist() == [1, 2, 5]
    with pytest.raises(ValueError, match="got 0"):
        compression.cluster(values, 0)


def best(counts):
    """The cheapest of all prefix codes, by trying lengths that obey Kraft's inequality."""
    profiles = [(1, 2, 3, 4, 4), (1, 3, 3, 3, 3), (2, 2, 2, 3, 3), (1, 2, 4, 4, 3)]
    return min(sum(map(int.__mul__, counts, order)) for each in profiles for order in permutations(each))


@pytest.mark.parametrize("seed", range(8))
def test_huffmans_code_is_the_shortest(seed):
    counts = np.random.default_rng(seed).integers(1, [60, 30, 20, 9, 4]).tolist()
    lengths = compression.code_lengths(counts)
    assert sum(map(int.__mul__, counts, lengths)) == best(counts)
    assert sum(2.0**-length for length in lengths) == 1


def test_no_codeword_begins_another():
    words = list(compression.codewords(compression.code_lengths([9, 0, 3, 3, 1, 7, 30])).values())
    assert len(words) == 6
    assert not any(a != b and b.startswith(a) for a in words for b in words)


@pytest.mark.parametrize("huffman", [False, True])
@pytest.mark.parametrize(("bits", "symbols"), [(3, [5, 5, 5, 0, 7]), (1, [0] * 9), (8, [*range(256), 3, 3])])
def test_what_is_coded_is_decoded(bits, symbols, huffman):
    data = compression.encode(np.array(symbols), bits, huffman)
    decoded, rest = compression.decode(memoryview(data + b"more"), bits, huffman)
    assert decoded.tolist() == symbols
    assert bytes(rest) == b"more"


def test_equal_lengths_are_plain_numbers():
    assert compression.encode(np.array([1, 2, 7]), 4, huffman=False)[8:] == bytes([0x12, 0x70])


@pytest.mark.parametrize("zeros", [0, 1, 254, 255, 256, 509, 510, 511, 2000])
def test_gaps_of_any_length_lead_back(zeros):
    kept = np.array([True, *[False] * zeros, True, True, False, True])
    gaps = compression.gaps_of(kept)
    assert gaps.max() <= 255
    assert compression.places_of(gaps).tolist() == np.flatnonzero(kept).tolist()


def test_the_docstrings_gap():
    assert compression.gaps_of(np.array([*[0] * 300, 1])).tolist() == [255, 45]


@pytest.mark.parametrize("huffman", [False, True])
def test_a_file_of_floats_gives_the_same_scores(tmp_path, huffman):
    model, other = network(0), network(1)
    model[1].running_mean.fill_(0.3)
    with torch.no_grad():
        model[4].weight[:, 5:] = 0
    size = compression.write(tmp_path / "file", model, huffman=huffman)
    compression.read(tmp_path / "file", other, huffman=huffman)
    assert size == (tmp_path / "file").stat().st_size
    assert torch.equal(scores(model), scores(other))


def test_a_pruned_model_goes_into_one_that_never_was(tmp_path):
    model, other = network(0), network(1)
    compression.prune(model, {"0": 0.5, "4": 0.1})
    compression.settle(model)
    compression.write(tmp_path / "file", model)
    compression.read(tmp_path / "file", other)
    assert torch.equal(scores(model), scores(other))


@pytest.mark.parametrize("huffman", [False, True])
def test_a_file_of_codes_gives_numbers_of_the_book(tmp_path, huffman):
    model, other = network(0), network(1)
    compression.write(tmp_path / "file", model, bits=8, huffman=huffman)
    compression.read(tmp_path / "file", other, bits=8, huffman=huffman)
    close = torch.allclose(scores(model), scores(other), atol=0.05)
    assert close
    assert not torch.equal(scores(model), scores(other))
    assert len(other[4].weight.unique()) <= 256


def test_a_plain_file_has_the_bytes_that_a_sum_predicts(tmp_path):
    model = nn.Linear(100, 10, bias=False)
    nn.init.ones_(model.weight)
    model.weight.data[:, 50:] = -2
    head, scale, book = 8, 4, 4 + 4 * 2
    expected = head + 1000 + scale + book + head + 1000 // 8
    assert compression.write(tmp_path / "file", model, bits=1) == expected
    compression.prune(model, {"": 0.5})
    compression.settle(model)
    assert compression.write(tmp_path / "file", model) == head + 500 + 4 * 500


def test_a_file_for_another_model_is_refused(tmp_path):
    compression.write(tmp_path / "file", nn.Linear(30, 10))
    with pytest.raises(ValueError, match="place 309; the model has 110"):
        compression.read(tmp_path / "file", nn.Linear(10, 10))
