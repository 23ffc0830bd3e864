"""Which Python runs in the sandbox: this one or another, with the NumPy that it has.

Also a script: the other Python runs it to say where its parts lie. So it imports the standard library only.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

OLDEST = (3, 11)
PATIENCE = 60  # seconds for one to answer: a folder of the network may be slow


class Interpreter(NamedTuple):
    """A Python, and the files and folders that it runs on."""

    program: str  # not a virtual environment's link to it, beside which torch lies
    version: tuple[int, ...]
    numpy: tuple[str, ...]  # its folder, and that of the libraries that it brings; empty without NumPy
    standard: tuple[str, ...]  # the standard library
    shared: tuple[str, ...]  # the system's libraries, and Python's own

    @property
    def masked(self) -> list[Path]:
        """Folders of other people's code within those that are shown."""
        own = [Path(each, name) for each in self.standard for name in ("site-packages", "dist-packages")]
        return [*own, Path("/usr/lib/python3"), Path("/lib/python3")]


def this() -> Interpreter:
    """The Python that asks."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    spec = importlib.util.find_spec("numpy")
    folders = [Path(each) for each in (spec and spec.submodule_search_locations) or ()]
    numpy = [each for folder in folders for each in (folder, folder.with_name("numpy.libs")) if each.is_dir()]
    triple = sysconfig.get_config_var("MULTIARCH") or ""  # Debian's libraries are there, and nothing else
    system = [each / triple if (each / triple).is_dir() else each for each in map(Path, ("/lib", "/usr/lib"))]
    system += map(Path, ("/lib64", "/usr/lib64"))
    system += Path("/etc/alternatives").glob("lib*.so*")  # links by which Debian's NumPy finds its BLAS
    system += Path(sys.base_prefix, "lib").glob("libpython*")
    return Interpreter(
        program=os.path.realpath(sys.executable),
        version=tuple(sys.version_info[:3]),
        numpy=tuple(map(str, numpy)),
        standard=tuple(sysconfig.get_path(name, vars=base) for name in ("stdlib", "platstdlib")),
        shared=tuple(map(str, system)),
    )


def interpreter(path: str) -> Interpreter:
    """Another Python, which is asked; ValueError where answers could not run on it."""
    try:
        asked = subprocess.run([path, "-I", __file__], capture_output=True, text=True, timeout=PATIENCE)
        found = Interpreter(*ast.literal_eval(asked.stdout))
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"{path} does not start: {error}") from None
    except (SyntaxError, ValueError, TypeError):
        last = asked.stderr.strip().rpartition("\n")[2]
        raise ValueError(f"{path} does not answer as a Python of today does: {last}") from None
    version = ".".join(map(str, found.version))
    if found.version < OLDEST:
        raise ValueError(f"{path} is Python {version}; answers need {'.'.join(map(str, OLDEST))} or newer")
    if not found.numpy:
        raise ValueError(f"{path} (Python {version}) has no NumPy: `{path} -m pip install numpy`")
    return found


if __name__ == "__main__":
    print(tuple(this()))
