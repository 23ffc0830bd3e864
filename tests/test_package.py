"""What `pip install cnnlab` brings: the wheel and the source distribution, looked into and run elsewhere."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import cnnlab
from book._tools.chapters import ROOT

pytestmark = pytest.mark.slow  # it builds

SOURCES = ROOT / "src" / "cnnlab"
DATA = {".py", ".css", ".csv", ".js", ".json", ".typed"}


def succeeds(*command, **options):
    ran = subprocess.run([*map(str, command)], capture_output=True, text=True, **options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the source distribution, and the wheel built from it: not from what lies around here."""
    folder = tmp_path_factory.mktemp("dist")
    succeeds(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A Python with cnnlab from the wheel and nothing else: no torch, no NumPy."""
    folder = tmp_path_factory.mktemp("installed")
    succeeds(sys.executable, "-m", "venv", "--without-pip", folder)
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    succeeds(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    return folder / "bin"


def tracked():
    """The files of the package that git knows: what a build takes from elsewhere is a mistake."""
    listed = succeeds("git", "ls-files", "--cached", "--others", "--exclude-standard", SOURCES, cwd=ROOT)
    paths = [Path(line).relative_to("src") for line in listed.splitlines() if (ROOT / line).exists()]
    return {path.as_posix() for path in paths if path.suffix in DATA}


def test_the_wheel_holds_the_package_and_its_data(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name for name in names if ".dist-info/" not in name} == tracked()
    assert {"cnnlab/py.typed", "cnnlab/grading/chapters/01.json"} < names
    assert any(name.startswith("cnnlab/") and name.endswith(".csv") for name in names)


def test_the_source_distribution_has_no_tests_that_could_not_run(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {name for name in names if name.startswith(("tests", "notebooks", "book"))} == set()
    assert {"LICENSE", "README.md", "pyproject.toml"} < names


def test_twine_finds_nothing(built):
    succeeds(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir())


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        return message_from_string(archive.read(name).decode())


def test_the_metadata_says_where_it_runs(metadata):
    assert metadata["Version"] == cnnlab.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    supported = {each.rpartition(" ")[2] for each in metadata.get_all("Classifier") if " :: 3." in each}
    assert supported == {"3.11", "3.12", "3.13", "3.14"}


def local(markdown):
    """Targets of links and pictures that only a clone has."""
    return [each for each in re.findall(r"\]\(([^)]+)\)", markdown) if not each.startswith(("https://", "#"))]


def test_the_readme_can_be_read_without_the_repository(metadata):
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert local(metadata.get_payload()) == []
    assert local("[guide](book/guide.md) ![page](page.png) [site](https://example.org)") == [
        "book/guide.md",
        "page.png",
    ]


def test_the_command_says_its_version(installed):
    assert succeeds(installed / "cnnlab", "--version") == f"cnnlab {cnnlab.__version__}\n"
    assert succeeds(installed / "python", "-m", "cnnlab", "--version") == f"cnnlab {cnnlab.__version__}\n"


@pytest.mark.parametrize("words", [[], ["resnet18"], ["--compare", "vgg16", "resnet18"]])
def test_a_missing_dependency_is_a_sentence(installed, words):
    ran = subprocess.run([installed / "cnnlab", *words], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(r"cnnlab: (\w+) is not installed: python -m pip install \1\n", ran.stderr)


def test_the_wheel_counts_a_network(wheel, tmp_path):
    """With this environment's torch, and the package from the wheel alone."""
    succeeds(
        sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", tmp_path, wheel
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    where = "import cnnlab; print(cnnlab.__file__)"
    assert succeeds(sys.executable, "-c", where, env=environment, cwd=tmp_path).startswith(str(tmp_path))
    said = succeeds(sys.executable, "-m", "cnnlab", "lenet5", "--csv", env=environment, cwd=tmp_path)
    assert said.startswith("module,operator,output,")
