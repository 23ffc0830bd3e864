"""Write what this environment holds into requirements.txt: `make pin`."""

from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements.txt"
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


if __name__ == "__main__":
    REQUIREMENTS.write_text(requirements((each.metadata["Name"], each.version) for each in distributions()))
    print(f"cnnlab: wrote {REQUIREMENTS}")
