"""Make a bare machine ready: the virtual environment, and the programs that pip cannot install.

    python3 book/_tools/bootstrap.py venv         # .venv with exactly what requirements.txt pins
    python3 book/_tools/bootstrap.py chromium …   # Debian packages, where we may install them

Runs on the system's Python before anything is installed: standard library only.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PIP = [str(VENV / "bin" / "python"), "-m", "pip"]
REMOVE = f"If it says so twice, remove what is there and begin anew: rm -r {shlex.quote(str(VENV))}"
PINS = [ROOT / "requirements.txt", ROOT / "pyproject.toml"]
PROGRAMS = {"bubblewrap": "bwrap"}  # of Debian packages whose program has another name
# The environment takes 2.1 GiB with a CPU build of torch and 6.7 GiB with PyPI's for Linux, which brings a
# GPU's libraries; what pip downloads lies beside it meanwhile.
SMALL_GIB, LARGE_GIB = 4, 10
# How `git diff` shows a chapter: its text and its code, without outputs. `cat`, where .venv is gone.
TEXT_OF_A_NOTEBOOK = (
    'f() { .venv/bin/jupytext --quiet --to md --opt notebook_metadata_filter=-all --output - "$1"'
    ' 2> /dev/null || cat "$1"; }; f'
)


def stop(sentence: str) -> NoReturn:
    """End with one clear sentence: the traceback of an installer helps nobody."""
    sys.exit("\ncnnlab: " + sentence)


def check_disk(needed_gib: int) -> None:
    free_gib = shutil.disk_usage(ROOT).free / 2**30
    if free_gib < needed_gib:
        advice = "; README.md says how to get by with 4" if needed_gib == LARGE_GIB else ""
        stop(f"{free_gib:.1f} GiB of disk are free at {ROOT}, and installing takes {needed_gib} GiB{advice}.")


def needed_gib() -> int:
    """What installing the pins takes: pip is asked which build of torch it would install here."""
    if sys.platform != "linux" or any(VENV.glob("lib/python*/site-packages/torch")):
        return SMALL_GIB
    pin = next(line for line in PINS[0].read_text().splitlines() if line.startswith("torch=="))
    asked = [*PIP, "install", "--dry-run", "--quiet", "--no-deps", "--report", "-", pin]
    report = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout
    torch = json.loads(report)["install"][0]["metadata"]["version"] if report else ""
    return SMALL_GIB if torch.endswith("+cpu") else LARGE_GIB


def digest() -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in PINS) + sys.version.encode()).hexdigest()


def run(command: list[str], failure: str) -> None:
    if subprocess.run(command, cwd=ROOT).returncode:
        stop(failure)


def venv() -> None:
    """Create `.venv` and install the pins, unless exactly that was done before."""
    stamp = VENV / "cnnlab-installed"
    if stamp.exists() and stamp.read_text() == digest():
        return
    check_disk(SMALL_GIB)
    print("cnnlab: installing what requirements.txt pins into .venv (about two minutes, once)", flush=True)
    run(
        [sys.executable, "-m", "venv", str(VENV)],
        "no virtual environment could be made; on Debian and Ubuntu: apt-get install python3-venv. " + REMOVE,
    )
    run([*PIP, "--version"], f"the environment in {VENV} was left half made. {REMOVE}")
    check_disk(needed_gib())
    run(
        [*PIP, "install", "--quiet", "-r", "requirements.txt"],
        "pip could not install requirements.txt. Its message stands above: most often there is no network, "
        f"or no room left on the disk. Run the same command again; it continues where it stopped. {REMOVE}",
    )
    show_text_of_notebooks()
    stamp.write_text(digest())


def show_text_of_notebooks() -> None:
    """Tell git, in this clone alone, how to show what .gitattributes calls a notebook."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        # Without `cachetextconv`: git keeps that as commits, and fails where it knows no author for them.
        run(["git", "config", "diff.notebook.textconv", TEXT_OF_A_NOTEBOOK], "git config failed.")


def absent(packages: list[str]) -> list[str]:
    return [package for package in packages if not shutil.which(PROGRAMS.get(package, package))]


def system(packages: list[str]) -> None:
    """Install Debian packages whose programs are missing, where we may; never go on without."""
    missing = absent(packages)
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    by_hand = "sudo " + " ".join(install)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    allowed = not sudo or (shutil.which("sudo") and subprocess.run([*sudo, "true"]).returncode == 0)
    if not (allowed and shutil.which("apt-get")):
        elsewhere = " A Mac runs the book and `make check`; `make test` needs Linux." * (
            sys.platform == "darwin"
        )
        stop(f"the tests need {' and '.join(missing)}. On Debian and Ubuntu: {by_hand}{elsewhere}")
    print("cnnlab: installing " + ", ".join(missing) + " (for the tests)", flush=True)
    environment = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive"]
    run([*environment, "apt-get", "update", "-q"], "apt-get update failed: is there a network?")
    run([*environment, *install], "the package manager could not install it. By hand: " + by_hand)
    if absent(packages):
        stop("installed, and still not found on PATH: " + ", ".join(absent(packages)))


if __name__ == "__main__":
    venv() if sys.argv[1:] == ["venv"] else system(sys.argv[1:])
