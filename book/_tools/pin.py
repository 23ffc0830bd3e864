"""Write what this environment holds into requirements.txt: `make pin`.

python book/_tools/pin.py          # the pins
python book/_tools/pin.py lowest   # prints the lowest versions that pyproject.toml allows, for pip
"""

import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements.txt"
PYPROJECT = REQUIREMENTS.with_name("pyproject.toml")
HEADER = (
    "# What CI uses, exactly: written by `make pin`. "
    "On Linux without a GPU, README.md says how to get the small CPU build of torch."
)
# The first are part of every environment, the last is `-e .` itself.
LEFT_OUT = {"pip", "setuptools", "wheel", "cnnlab"}
# What a CUDA build of torch brings along: a pin would force it onto machines without a GPU.
CUDA_PARTS = ("nvidia-", "cuda-", "triton")


def by_name(pin: str) -> str:
    return pin.partition("==")[0].lower()


def pins(installed: Iterable[tuple[str, str]]) -> list[str]:
    """`name==version` lines, sorted, for (name, version) pairs; local versions (+cpu) are dropped."""
    return sorted(
        {
            f"{name}=={version.partition('+')[0]}"
            for name, version in installed
            if name.lower() not in LEFT_OUT and not name.lower().startswith(CUDA_PARTS)
        },
        key=by_name,
    )


def requirements(installed: Iterable[tuple[str, str]]) -> str:
    return "\n".join([HEADER, *pins(installed), "-e ."]) + "\n"


def lowest(project: dict[str, Any]) -> list[str]:
    """`name==version` lines: each lower bound of a [project] table as the version itself."""
    extras = project["optional-dependencies"].values()
    bounds = [*project["dependencies"], *(bound for extra in extras for bound in extra)]
    return [bound.replace(">=", "==") for bound in bounds]


def main() -> None:
    if sys.argv[1:] == ["lowest"]:
        print(*lowest(tomllib.loads(PYPROJECT.read_text())["project"]), sep="\n")
        return
    REQUIREMENTS.write_text(requirements((each.metadata["Name"], each.version) for each in distributions()))
    print(f"cnnlab: wrote {REQUIREMENTS}")


if __name__ == "__main__":
    main()
