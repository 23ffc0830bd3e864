"""Every network layer by layer, which the architecture explorer loads one at a time.

    python -m book._tools.networks       # into book/_data/networks.json.gz: a minute where all are new

The file says from which sources each was made. The build takes those whose sources are these, and makes the
others again, into `_build`; so a page is never older than its networks.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from book._tools.build import ROOT

COMMITTED = ROOT / "book" / "_data" / "networks.json.gz"
MADE = ROOT / "_build" / "networks.json.gz"
PACKAGE = ROOT / "src" / "cnnlab"
BUILDS_ON = re.compile(r"(?m)^from cnnlab\.models\.(\w+) import")
Held = dict[str, dict[str, Any]]  # network → the key of its sources, its table


def source(module: str) -> str:
    """A network's code, and that of those which it builds on; what counts them has tests of its own."""
    own = (PACKAGE / "models" / f"{module}.py").read_text("utf-8")
    return own + "".join(map(source, BUILDS_ON.findall(own)))


def keys() -> dict[str, str]:
    """A hash of the sources of each network."""
    shared = "".join((PACKAGE / name).read_text("utf-8") for name in ("blocks.py", "figures/layer_tables.py"))
    found: dict[str, str] = {}
    for path in sorted((PACKAGE / "models").glob("[!_]*.py")):
        digest = hashlib.sha256((shared + source(path.stem)).encode()).hexdigest()
        found |= dict.fromkeys(import_module(f"cnnlab.models.{path.stem}").VARIANTS, digest)
    return found


def held(file: Path) -> Held:
    return dict(json.loads(gzip.decompress(file.read_bytes()))) if file.exists() else {}


def brought_up_to_date(file: Path, *others: Path) -> Held:
    """What the files hold of networks with these sources, and what the other networks are now.

    Written into the first file where there are others.
    """
    from cnnlab.figures.layer_tables import layer_table

    wanted = keys()
    entries = [item for each in (file, *others) for item in held(each).items()]
    kept = {name: entry for name, entry in entries if entry["key"] == wanted.get(name)}
    new = {name: {"key": wanted[name], "table": layer_table(name)} for name in wanted if name not in kept}
    found = {name: (kept | new)[name] for name in wanted}
    if new:
        text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(gzip.compress(text.encode(), mtime=0))
    return found


def serve(into: Path) -> None:
    """A file for each network."""
    into.mkdir(parents=True, exist_ok=True)
    for name, entry in brought_up_to_date(MADE, COMMITTED).items():
        text = json.dumps(entry["table"], separators=(",", ":"), ensure_ascii=False)
        (into / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    brought_up_to_date(COMMITTED)
