#!/bin/sh
# Three operators of jax that round or clip, exported to ONNX: lax.round, which by its default rounds halves away from zero;
# jax.image.resize by nearest pixels; and lax.dynamic_slice, which moves a window that would reach beyond the end back.
# GUESS, written down before, for convolutions and pools: they "export to what jax gives". These held, or raised; the three
# here came along in the same sweep, and jax's documentation says what they do.
# FOUND (jax2onnx 0.17.1, jax 0.10.2, onnxruntime 1.32.0): all three are exported as the nearest operator of ONNX.
# 1. Halves go to the even number. With jnp.round, which asks for that, it is right.
# 2. Where a pixel's place is just between two, jax takes the later and the file the earlier: of an image made half as large
#    all pixels are others. Made larger by 2, or by an odd factor smaller, no place is between two, and both agree.
# 3. The window is cut off at the end: two numbers where three were asked for, while the file declares three.
# Output seen, 2026-11-29:
# round of -0.5, 0.5, 1.5, 2.5: jax [-1, 1, 2, 3], exported [0, 0, 2, 2]
# 1..8 made 4: jax [2, 4, 6, 8], exported [1, 3, 5, 7]
# three of 1..5 from the fourth: jax [3, 4, 5], exported [4, 5]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2 jax2onnx==0.17.1 onnx==1.23.2 onnxruntime==1.32.0 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
from jax import lax
from jax2onnx import to_onnx


def both(formula, numbers):
    """What jax and what the exported file make of the numbers."""
    x = np.array(numbers, np.float32)
    model = to_onnx(formula, [x.shape])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    exported = session.run(None, {session.get_inputs()[0].name: x})[0]
    return [np.asarray(result).astype(int).tolist() for result in (formula(jnp.asarray(x)), exported)]


halves = [-0.5, 0.5, 1.5, 2.5]
away, even = both(lax.round, halves), both(jnp.round, halves)
smaller = both(lambda x: jax.image.resize(x, (4,), "nearest"), range(1, 9))
larger = both(lambda x: jax.image.resize(x, (8,), "nearest"), range(1, 5))
window = both(lambda x: lax.dynamic_slice(x, (3,), (3,)), range(1, 6))
inside = both(lambda x: lax.dynamic_slice(x, (2,), (3,)), range(1, 6))
for name, found in (("round", away), ("1..8 made 4", smaller), ("three of 1..5 from the fourth", window)):
    print(name, "jax {}, exported {}".format(*found))
print("jnp.round", even, "made larger", larger, "from the third", inside)
seen = away == [[-1, 1, 2, 3], [0, 0, 2, 2]] and smaller == [[2, 4, 6, 8], [1, 3, 5, 7]]
seen = seen and window == [[3, 4, 5], [4, 5]]
sys.exit(not (seen and all(one == other for one, other in (even, larger, inside))))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
