"""Faults planted in the searched networks that no count sees, each killed by the test that is for it."""

from types import ModuleType
from typing import Any, NamedTuple

import pytest
import test_models_searched as tests
from test_mutants import load, source

from cnnlab import models
from cnnlab.models import VARIANTS, mobilenet_v3


class Mutant(NamedTuple):
    room: str
    line: str  # occurs once
    fault: str  # stands there instead
    killer: str  # the test of test_models_searched.py that must fail
    given: dict[str, Any] | None = None  # what that test takes


FITS = {"out_channels": 4, "stride": 1}
HALVES = {"out_channels": 4, "stride": 2}
NORMS = "test_norms_have_the_constants_of_the_weights"
MUTANTS = {
    "mobilenet_v2: a ReLU on the narrow end": Mutant(
        "mobilenet_v2", "nn.BatchNorm2d(out_channels),  # no",
        "nn.BatchNorm2d(out_channels), ReLU6(),  # no",
        "test_mobilenet_v2s_block", FITS | {"expansion": 3},
    ),
    "mobilenet_v2: the sum left out": Mutant(
        "mobilenet_v2", "return x + self.conv(x) if self.has_shortcut else", "return",
        "test_every_shortcut_is_there",
    ),
    "mobilenet_v3: one stage with the other activation": Mutant(
        "mobilenet_v3", '(3, 240,  80, "",   HS, 2)', '(3, 240,  80, "",   RE, 2)',
        "test_mobilenet_v3_swishes_in_its_second_half", {"name": "large", "relu": 6, "swish": 9},
    ),
    "mobilenet_v3: a gate of curves": Mutant(
        "mobilenet_v3", "gate=nn.Hardsigmoid", "gate=nn.Sigmoid", "test_mobilenet_v3s_block",
        FITS | {"nl": mobilenet_v3.HS, "activation": tests.h_swish, "se": True},
    ),
    "mobilenet_v3: no shortcut": Mutant(
        "mobilenet_v3", "has_shortcut=s == 1 and in_channels == channels", "has_shortcut=False",
        "test_every_shortcut_is_there",
    ),
    "mnasnet: what is kept of a mean and what is new exchanged": Mutant(
        "mnasnet", "momentum=1 - 0.9997", "momentum=0.9997", NORMS
    ),
    "mnasnet: the sum left out": Mutant(
        "mnasnet", "return x + self.layers(x) if self.has_shortcut else", "return",
        "test_mnasnets_block", FITS | {"se": "SE"},
    ),
    "ghostnet: the ghosts first": Mutant(
        "ghostnet", "[primary, self.cheap(primary)]", "[self.cheap(primary), primary]",
        "test_a_ghost_module_is_a_half_and_its_ghosts",
    ),
    "ghostnet: a ReLU behind the projection": Mutant(
        "ghostnet", "Ghost(hidden, out_channels, nn.Identity)", "Ghost(hidden, out_channels, ReLU)",
        "test_ghostnets_block", FITS | {"se": ""},
    ),
    "ghostnet: a ReLU behind the stride": Mutant(
        "ghostnet", "groups=channels, activation=nn.Identity)", "groups=channels, activation=ReLU)",
        "test_ghostnets_block", HALVES | {"se": ""},
    ),
    "ghostnet: a gate of curves": Mutant(
        "ghostnet", ", gate=nn.Hardsigmoid", "", "test_ghostnets_block", FITS | {"se": "SE"}
    ),
    "efficientnet: a gate with a ReLU": Mutant(
        "efficientnet", "in_channels // 4, activation=SiLU)", "in_channels // 4)",
        "test_efficientnets_block", FITS,
    ),
    "efficientnet: a row of constants as in the row above": Mutant(
        "efficientnet", "(1.6, 2.2, 456, 0.4, 1e-3, 0.01)", "(1.6, 2.2, 456, 0.4, 1e-5, 0.10)", NORMS
    ),
    "efficientnet_v2: an activation behind the projection": Mutant(
        "efficientnet_v2", "*conv_bn(hidden, out_channels, kernel_size=1)",
        "*ConvBNSiLU(hidden, out_channels, kernel_size=1)",
        "test_a_fused_block_is_one_convolution_and_a_projection", FITS,
    ),
    "efficientnet_v2: constants forgotten": Mutant("efficientnet_v2", "eps=1e-3", "eps=1e-5", NORMS),
    "nasnet: a step that reads the other input": Mutant(
        "nasnet", '(("sep5x5", 1), ("sep3x3", 0)),', '(("sep5x5", 0), ("sep3x3", 1)),',
        "test_a_drawing_reads_what_its_figure_does", {"drawing": "NORMAL", "figure": tests.NASNET_NORMAL},
    ),
    "nasnet: a ReLU behind the filter": Mutant(
        "nasnet", "[nn.ReLU(), depthwise,", "[depthwise, nn.ReLU(),", "test_a_separable_step_filters_twice"
    ),
    "nasnet: zeros in the averages": Mutant(
        "nasnet", "count_include_pad=False", "count_include_pad=True",
        "test_an_average_at_the_border_is_of_what_is_there",
    ),
    "nasnet: the other pixel from the wrong side": Mutant(
        "nasnet", "(-1, 1, -1, 1)", "(1, -1, 1, -1)",
        "test_half_of_the_channels_look_at_another_pixel",
    ),
    "nasnet: a product in place of the sum": Mutant(
        "nasnet", "(found[left]) + next(steps)", "(found[left]) * next(steps)",
        "test_a_cell_adds_what_its_drawing_says",
    ),
    "nasnet: a stack in another order": Mutant(
        "nasnet", "for i in self.drawing.stacked]", "for i in sorted(self.drawing.stacked)]",
        "test_a_cell_adds_what_its_drawing_says",
    ),
    "nasnet: nothing bypassed": Mutant(
        "nasnet", "reduction = Bypassed", "reduction = Cell",
        "test_the_large_nasnet_looks_past_its_reductions",
    ),
}  # fmt: skip


def planted(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The room with the fault in it, where the tests look for it; its costs are still what they were."""
    sound = source(getattr(models, mutant.room))
    assert sound.count(mutant.line) == 1, f"{mutant.room} has changed: plant this fault anew"
    faulty = load(getattr(models, mutant.room), sound.replace(mutant.line, mutant.fault))
    monkeypatch.setattr(tests, mutant.room, faulty)
    for name, variant in faulty.VARIANTS.items():
        monkeypatch.setitem(VARIANTS, name, variant)
    return faulty


def run(mutant: Mutant) -> None:
    getattr(tests, mutant.killer)(**mutant.given or {})


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_mutant_is_killed(mutant, monkeypatch):
    planted(mutant, monkeypatch)
    with pytest.raises(AssertionError):
        run(mutant)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_no_count_sees_it(mutant, monkeypatch):
    """Parameters and MACs stay: what these tests see, nothing else would."""
    faulty = planted(mutant, monkeypatch)
    name, variant = min(faulty.VARIANTS.items(), key=lambda each: each[1].cost.macs)
    found = tests.profile(variant.build, (1, *variant.input_shape))
    assert (found.params, found.macs) == variant.cost, name


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_without_the_fault_its_killer_passes(mutant):
    run(mutant)
