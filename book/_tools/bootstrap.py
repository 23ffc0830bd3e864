"""Make a bare machine ready: the virtual environment, and the programs that pip cannot install.

    python3 book/_tools/bootstrap.py venv         # .venv with exactly what requirements.txt pins
    python3 book/_tools/bootstrap.py chromium …   # Debian packages, where we may install them

Runs on the system's Python before anything is installed: standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PINS = [ROOT / "requirements.txt", ROOT / "pyproject.toml"]
PROGRAMS = {"bubblewrap": "bwrap"}  # of Debian packages whose program has another name
NEEDED_GIB = 4  # the environment takes 1.8 GiB with the CPU build of torch; pip unpacks beside it


def stop(sentence: str) -> NoReturn:
    """End with one clear sentence: the traceback of an installer helps nobody."""
    sys.exit("\ncnnlab: " + sentence)


def check_disk() -> None:
    free_gib = shutil.disk_usage(ROOT).free / 2**30
    if free_gib < NEEDED_GIB:
        stop(f"{free_gib:.1f} GiB of disk are free at {ROOT} and the environment needs {NEEDED_GIB} GiB.")


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
    check_disk()
    print("cnnlab: installing what requirements.txt pins into .venv (about two minutes, once)", flush=True)
    run(
        [sys.executable, "-m", "venv", str(VENV)],
        "no virtual environment could be made; on Debian and Ubuntu: apt-get install python3-venv.",
    )
    run(
        [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", "requirements.txt"],
        "pip could not install requirements.txt. Its message stands above: most often there is no network, "
        "or no room left on the disk. Run the same command again; it continues where it stopped.",
    )
    stamp.write_text(digest())


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
        stop("the tests need {}. On Debian and Ubuntu: {}".format(" and ".join(missing), by_hand))
    print("cnnlab: installing " + ", ".join(missing) + " (for the tests)", flush=True)
    environment = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive"]
    run([*environment, "apt-get", "update", "-q"], "apt-get update failed: is there a network?")
    run([*environment, *install], "the package manager could not install it. By hand: " + by_hand)
    if absent(packages):
        stop("installed, and still not found on PATH: " + ", ".join(absent(packages)))


if __name__ == "__main__":
    venv() if sys.argv[1:] == ["venv"] else system(sys.argv[1:])
