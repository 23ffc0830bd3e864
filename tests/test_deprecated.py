"""Old names work for one release, and say which the new one is."""

import subprocess
import sys
from importlib import import_module

import pytest

from cnnlab.deprecated import old_names

MOVED = {
    "cnnlab.cost.Variant": "cnnlab.models.Variant",
    "cnnlab.trace.Operators": "cnnlab.trace.Rules",
    "cnnlab.reach.OPERATORS": "cnnlab.reach.RULES",
    "cnnlab.operators.FREE": "cnnlab.counting.FREE",
    "cnnlab.operators.Ops": "cnnlab.counting.Ops",
    "cnnlab.operators.RULES": "cnnlab.counting.RULES",
    "cnnlab.operators.SCRATCH": "cnnlab.counting.SCRATCH",
    "cnnlab.operators.TAPS": "cnnlab.counting.TAPS",
    "cnnlab.published.heads.CITYSCAPES": "cnnlab.published.networks.segmenters.CITYSCAPES",
}


def named(name):
    module, _, own = name.rpartition(".")
    return getattr(import_module(module), own)


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_an_old_name_works_and_says_the_new_one(old, new):
    with pytest.warns(DeprecationWarning, match=f"{old} will be gone in the next release: it is {new} now"):
        found = named(old)
    assert found is named(new)


def test_the_warning_points_at_the_line_that_has_the_old_name():
    """Python shows a DeprecationWarning only if the program itself, or a notebook's cell, causes it."""
    program = "import sys\nfrom cnnlab.cost import Variant\nprint(Variant.__module__)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "cnnlab.models"
    assert "<string>:2: DeprecationWarning: cnnlab.cost.Variant will be gone" in found.stderr


def test_a_name_that_was_never_there_is_refused_as_ever():
    with pytest.raises(AttributeError, match=r"module 'cnnlab\.cost' has no attribute 'Varaint'"):
        old_names("cnnlab.cost", {"Variant": "cnnlab.models.Variant"})("Varaint")
    with pytest.raises(ImportError, match=r"cannot import name 'Varaint' from 'cnnlab\.cost'"):
        exec("from cnnlab.cost import Varaint")
