"""What the newest versions of other counters print beside what they printed before, layer by layer.

    python tests/newest_counters.py              # says what changed, and exits with 1 if anything did
    python tests/newest_counters.py --keep       # and keeps it: tests/reference/counters_by_layer.csv

It needs nothing but Python: the tools, this package and the newest torch go into an environment of their own,
and there tests/counters_by_layer.py asks them, which takes a few minutes.
"""

import argparse
import csv
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests" / "reference" / "counters_by_layer.csv"
PACKAGES = "torchinfo fvcore thop ptflops calflops transformers accelerate torchscan torchprofile".split()


def environment(folder):
    """The Python of an environment with the newest tools in it; an old one is brought up to date."""
    if not folder.exists():
        venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--upgrade", "--upgrade-strategy", "eager"]
    subprocess.run([*install, "--editable", ROOT, *PACKAGES], check=True)
    return python


def changes(old, new):
    """What is another in the new table, in words; its day is none of it."""
    was, now = ({row[0]: row[1:] for row in rows[1:]} for rows in (old, new))
    versions = [(a.rpartition(", ")[2], b.rpartition(", ")[2]) for a, b in zip(old[0], new[0], strict=True)]
    yield from (f"{a} is now {b}" for a, b in versions if a != b)
    none = [""] * len(versions[1:])
    for line in now.keys() | was.keys():
        for (_, tool), a, b in zip(versions[1:], was.get(line, none), now.get(line, none), strict=True):
            if a != b:
                yield f"{tool}, {line}: {a or 'nothing'} before, {b or 'nothing'} now"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="what they print now")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "_build" / "counters", help="of the environment"
    )
    given = parser.parse_args()
    ask = [environment(given.folder), ROOT / "tests" / "counters_by_layer.py"]
    text = subprocess.run(ask, check=True, stdout=subprocess.PIPE, text=True).stdout
    old, new = ([*csv.reader(lines.splitlines())] for lines in (KEPT.read_text(encoding="utf-8"), text))
    changed = sorted(changes(old, new))
    print(*changed, f"{len(new) - 1} lines, {len(changed)} changes", sep="\n")
    if given.keep:
        KEPT.write_text(text, encoding="utf-8")
    return bool(changed)


if __name__ == "__main__":
    sys.exit(main())
