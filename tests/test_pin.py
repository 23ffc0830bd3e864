"""requirements.txt pins exactly what CI uses, and what pyproject.toml asks for is in it."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from book._tools.pin import REQUIREMENTS, by_name, lowest, requirements

LINES = REQUIREMENTS.read_text().splitlines()
PINS = {
    canonicalize_name(name): version for name, version in (line.split("==") for line in LINES if "==" in line)
}
PYPROJECT = tomllib.loads((REQUIREMENTS.parent / "pyproject.toml").read_text())
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]
ASKED = PROJECT["dependencies"] + [
    line for extra in PROJECT.get("optional-dependencies", {}).values() for line in extra
]


def test_every_line_is_an_exact_pin_but_the_last():
    header, *pins, last = LINES
    assert header.startswith("# ")
    assert last == "-e ."
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []
    assert pins == sorted(pins, key=by_name)


@pytest.mark.parametrize(("name", "version"), [("torch", "2.13.0"), ("jupyter-book", "1.0.4.post1")])
def test_what_must_not_move(name, version):
    assert PINS[name] == version


@pytest.mark.parametrize("line", ASKED)
def test_the_pins_satisfy_the_lower_bounds(line):
    asked = Requirement(line)
    assert {specifier.operator for specifier in asked.specifier} == {">="}, "lower bounds only"
    assert PINS[canonicalize_name(asked.name)] in asked.specifier


def test_what_is_written():
    installed = [
        ("torch", "2.13.0+cpu"), ("Zoo", "1"), ("abc", "2.0.post1"), ("pip", "26"), ("cnnlab", "0.1"),
        ("nvidia-cublas-cu12", "12.8"), ("triton", "3"), ("setuptools", "80"), ("abc", "2.0.post1"),
    ]  # fmt: skip
    assert requirements(installed).splitlines()[1:] == ["abc==2.0.post1", "torch==2.13.0", "Zoo==1", "-e ."]


def test_the_lowest_versions_are_the_bounds_themselves():
    project = {"dependencies": ["numpy>=1.26"], "optional-dependencies": {"grading": ["ruff>=0.9"]}}
    assert lowest(project) == ["numpy==1.26", "ruff==0.9"]
    assert [Requirement(line).name for line in lowest(PROJECT)] == [Requirement(line).name for line in ASKED]


def test_what_the_tests_need_is_pinned_too():
    needed = [Requirement(line) for line in GROUPS["tests"]]
    assert [
        each.name for each in needed if PINS.get(canonicalize_name(each.name), "") not in each.specifier
    ] == []


@pytest.mark.pinned
def test_this_environment_is_the_pinned_one():
    """nbval compares outputs to the digit: with other versions a difference would say nothing."""
    here = {canonicalize_name(each.metadata["Name"]): each.version for each in distributions()}
    other = {
        name: (here[name], version)
        for name, version in PINS.items()
        if name in here and here[name].partition("+")[0] != version
    }
    assert other == {}, "run `make pin`, or install requirements.txt again"


def test_these_versions_keep_groups_of_tests_together(tmp_path):
    """pytest-xdist 3.8 forgets the groups under pytest 9.2, silently: every chapter's run was made twice."""
    lines = [
        "import os, pathlib, pytest",
        "@pytest.mark.xdist_group('one')",
        "@pytest.mark.parametrize('number', range(8))",
        "def test_where(number):",
        "    pathlib.Path(os.environ['PYTEST_XDIST_WORKER']).touch()",
    ]
    (tmp_path / "test_groups.py").write_text("\n".join(lines))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", tmp_path]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert "8 passed" in ran.stdout, ran.stdout
    assert len([*tmp_path.glob("gw*")]) == 1
