"""A bare machine gets one clear sentence for whatever it lacks, and a ready one gets nothing done twice."""

import copy
import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from small_chapter import code, text

from book._tools import bootstrap
from book._tools.chapters import save

ROOT = bootstrap.ROOT
MAKE = ["make", "--no-print-directory", "-C", str(bootstrap.ROOT)]


def answering(commands, torch, failing=()):
    """`subprocess.run`, which only notes what would be run; pip says which build of torch it would take."""
    report = json.dumps({"install": [{"metadata": {"version": torch}}]})

    def run(command, **_):
        commands.append([*map(str, command)])
        return SimpleNamespace(returncode=int(any(word in command for word in failing)), stdout=report)

    return run


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """The commands that would be run; none is."""
    commands = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(subprocess, "run", answering(commands, "2.13.0+cpu"))
    return commands


def free(monkeypatch, gib):
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: SimpleNamespace(free=gib * 2**30))


def programs(monkeypatch, *present):
    monkeypatch.setattr(
        bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}" if name in present else None
    )


def installations(calls):
    return [command for command in calls if "requirements.txt" in command]


def test_the_environment_is_made_once_and_again_when_a_pin_changes(calls, monkeypatch):
    bootstrap.venv()
    assert calls[0][1:3] == ["-m", "venv"]
    assert len(installations(calls)) == 1
    bootstrap.venv()
    assert len(installations(calls)) == 1
    monkeypatch.setattr(bootstrap, "PINS", bootstrap.PINS[:1])
    bootstrap.venv()
    assert len(installations(calls)) == 2


def test_a_full_disk_is_named_with_its_numbers(calls, monkeypatch):
    free(monkeypatch, 1)
    with pytest.raises(SystemExit, match=r"cnnlab: 1\.0 GiB of disk are free .* installing takes 4 GiB\.$"):
        bootstrap.venv()
    assert not calls


@pytest.mark.parametrize(("torch", "fits"), [("2.13.0+cpu", True), ("2.13.0", False)])
def test_the_build_that_pip_would_take_decides_how_much_is_needed(calls, monkeypatch, torch, fits):
    free(monkeypatch, 6)
    monkeypatch.setattr(subprocess, "run", answering(calls, torch))
    if fits:
        return bootstrap.venv()
    with pytest.raises(SystemExit, match=r"6\.0 GiB .* takes 10 GiB; README\.md says how to get by with 4"):
        bootstrap.venv()
    assert not installations(calls)


def test_a_torch_that_is_there_takes_no_more_room(calls, monkeypatch, tmp_path):
    free(monkeypatch, 6)
    monkeypatch.setattr(subprocess, "run", answering(calls, "2.13.0"))
    (tmp_path / "lib" / "python3.11" / "site-packages" / "torch").mkdir(parents=True)
    bootstrap.venv()


def test_a_mac_has_no_large_build(calls, monkeypatch):
    free(monkeypatch, 6)
    monkeypatch.setattr(bootstrap.sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", answering(calls, "2.13.0"))
    bootstrap.venv()


@pytest.mark.parametrize(
    ("failing", "sentence"),
    [
        ("venv", "python3-venv"),
        ("--version", "was left half made"),
        ("-r", "no network"),
    ],
)
def test_what_is_half_made_is_not_taken_for_done_and_is_said_to_be_removed(
    calls, monkeypatch, failing, sentence
):
    monkeypatch.setattr(subprocess, "run", answering(calls, "2.13.0+cpu", [failing]))
    with pytest.raises(SystemExit, match=sentence) as stopped:
        bootstrap.venv()
    assert "rm -r /" in str(stopped.value)
    assert not list(bootstrap.VENV.iterdir())


def test_a_mac_is_told_what_it_can_do(calls, monkeypatch):
    programs(monkeypatch)
    monkeypatch.setattr(bootstrap.sys, "platform", "darwin")
    with pytest.raises(SystemExit, match=r"`make test` needs Linux"):
        bootstrap.system(["bubblewrap"])


# A chapter's change, as git shows it ----------------------------------------------------------------------


@pytest.fixture
def clone(monkeypatch, tmp_path):
    """A repository with one chapter committed, set up as `make venv` does it."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / ".venv").symlink_to(Path(bootstrap.sys.prefix), target_is_directory=True)
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text())
    git(tmp_path, "init", "-q")
    bootstrap.show_text_of_notebooks()
    save(CHAPTER, tmp_path / "01.ipynb")
    git(tmp_path, "add", "01.ipynb")
    return tmp_path


def git(folder, *words):
    """As on a machine where git knows nobody's name."""
    nobody = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "EMAIL": ""}
    settings = ["-c", "user.useConfigOnly=true"]
    ran = subprocess.run(["git", *settings, *words], cwd=folder, env=nobody, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def changed_lines(folder):
    lines = git(folder, "diff", "--", "01.ipynb").splitlines()
    return [line for line in lines if line.startswith(("-", "+")) and not line.startswith(("---", "+++"))]


CHAPTER = new_notebook(cells=[new_markdown_cell("# One\n\nA sentence."), code("x = 1", text("1"))])


def edited(change):
    chapter = copy.deepcopy(CHAPTER)
    change(chapter.cells)
    return chapter


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda cells: cells[0].update(source="# One\n\nAnother."), ["-A sentence.", "+Another."]),
        (lambda cells: cells[1].update(source="x = 2"), ["-x = 1", "+x = 2"]),
        (lambda cells: cells[1].update(outputs=[text("2")]), []),
        (lambda cells: cells[1].metadata.update(tags=["keep"]), ["-```python", '+```python tags=["keep"]']),
    ],
    ids=["text", "code", "output", "tag"],
)
def test_a_chapters_change_reads_as_text(clone, change, seen):
    save(edited(change), clone / "01.ipynb")
    assert changed_lines(clone) == seen


def test_without_the_environment_git_shows_the_file(clone):
    (clone / ".venv").unlink()
    save(edited(lambda cells: cells[1].update(source="x = 2")), clone / "01.ipynb")
    assert any('"x = 2"' in line for line in changed_lines(clone))


# Programs -------------------------------------------------------------------------------------------------


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
