"""A bare machine gets one clear sentence for whatever it lacks, and a ready one gets nothing done twice."""

import os
import subprocess
from types import SimpleNamespace

import bootstrap
import pytest

MAKE = ["make", "--no-print-directory", "-C", str(bootstrap.ROOT)]


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """The commands that would be run; none is."""
    commands = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: commands.append(command) or SimpleNamespace(returncode=0)
    )
    return commands


def programs(monkeypatch, *present):
    monkeypatch.setattr(
        bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}" if name in present else None
    )


def test_the_environment_is_made_once_and_again_when_a_pin_changes(calls, monkeypatch):
    bootstrap.venv()
    assert [command[1:3] for command in calls] == [["-m", "venv"], ["-m", "pip"]]
    bootstrap.venv()
    assert len(calls) == 2
    monkeypatch.setattr(bootstrap, "PINS", bootstrap.PINS[:1])
    bootstrap.venv()
    assert len(calls) == 4


def test_a_full_disk_is_named_with_its_numbers(calls, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**30))
    with pytest.raises(SystemExit, match=r"cnnlab: 1\.0 GiB of disk are free .* needs 4 GiB"):
        bootstrap.venv()
    assert not calls


def test_a_failed_installation_is_not_taken_for_a_done_one(calls, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda command, **_: SimpleNamespace(returncode="pip" in command))
    with pytest.raises(SystemExit, match="no network"):
        bootstrap.venv()
    assert not list(bootstrap.VENV.iterdir())


def test_what_is_there_is_not_installed(calls, monkeypatch):
    programs(monkeypatch, "chromium")
    bootstrap.system(["chromium"])
    assert not calls


def test_a_package_is_known_by_its_program(calls, monkeypatch):
    programs(monkeypatch, "bwrap")
    bootstrap.system(["bubblewrap"])
    assert not calls
    assert bootstrap.absent(["bubblewrap", "chromium"]) == ["chromium"]


def test_elsewhere_the_command_to_type_is_named(calls, monkeypatch):
    programs(monkeypatch)
    with pytest.raises(
        SystemExit, match=r"the tests need chromium\. On Debian and Ubuntu: sudo apt-get install"
    ):
        bootstrap.system(["chromium"])


def test_as_root_on_debian_it_installs_and_looks_whether_it_is_there(calls, monkeypatch):
    programs(monkeypatch, "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SystemExit, match="installed, and still not found on PATH: chromium"):
        bootstrap.system(["chromium"])
    assert calls[-1][-5:] == ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]


@pytest.mark.parametrize("python", ["/no/such/python", "false"])
def test_an_old_or_missing_python_is_told_so(python):
    told = subprocess.run([*MAKE, "python", f"PYTHON={python}"], capture_output=True, text=True, check=False)
    assert told.returncode
    assert f"cnnlab: Python 3.11 or newer is needed, and {python} is older or missing." in told.stdout


def test_make_help_lists_the_two_commands():
    listed = subprocess.run([*MAKE, "help"], capture_output=True, text=True, check=True).stdout
    assert "make book" in listed
    assert "make test" in listed
