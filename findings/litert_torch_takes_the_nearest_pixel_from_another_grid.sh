#!/bin/sh
# Maps resized by torch.nn.functional.interpolate, carried to a phone's format (.tflite) by litert-torch.
# GUESS, written down before a sweep over 181 layers and functions of PyTorch: each gives PyTorch's numbers to four digits or is
# refused; refused are antialiased resizing, pooling with ceil_mode and averages that leave out the padding.
# FOUND (litert-torch 0.10.0 with ai-edge-litert 2.3.0, torch 2.13.0): those pools are right and 18 layers refused, antialiasing
# among them, but resizing gives other numbers without a word in two cases. mode="nearest", the default, becomes what PyTorch
# calls "nearest-exact", with pixels' centres for their corners: ten columns halved are columns 1, 3, 5, 7, 9 and not 0, 2, 4,
# 6, 8, for a map of any network; only enlarged by a whole factor both agree. And mode="bilinear" with a scale_factor that is
# no fraction of whole sizes goes by the ratio of the sizes where PyTorch goes by the factor; "bicubic" goes by the factor.
# Output seen, 2026-11-30 (a row of 0 to 9):
# nearest to 5: torch [0, 2, 4, 6, 8], litert [1, 3, 5, 7, 9], nearest-exact of both [1, 3, 5, 7, 9]
# nearest to 15: torch [0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9], litert [0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9]
# nearest to 20: alike True
# bilinear by 1.25, to 12: last but one torch 7.9, litert 8.25, by sizes 8.25; bicubic by 1.25 alike True
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 litert-torch==0.10.0 ai-edge-litert==2.3.0 litert-converter==0.5.0 \
  torchao==0.18.0 jax==0.10.2 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import contextlib
import io
import sys

import litert_torch
import numpy as np
import torch
from torch.nn.functional import interpolate

ROW = torch.arange(10.0).reshape(1, 1, 1, 10)


class Resized(torch.nn.Module):
    def __init__(self, **how):
        super().__init__()
        self.how = how

    def forward(self, x):
        return interpolate(x, **self.how)


def both(**how):
    """The row resized, by torch and by the file made of it."""
    module = Resized(**how).eval()
    with contextlib.redirect_stdout(io.StringIO()):
        carried = litert_torch.convert(module, (ROW,))(ROW)
    return [[round(number, 3) for number in np.ravel(row).tolist()] for row in (module(ROW), carried)]


half, exact = both(size=(1, 5)), both(size=(1, 5), mode="nearest-exact")
more, twice = both(size=(1, 15)), both(size=(1, 20))
factor, cubic = (both(scale_factor=(1, 1.25), mode=mode) for mode in ("bilinear", "bicubic"))
sizes = interpolate(ROW, size=(1, 12), mode="bilinear").ravel()[-2].item()
whole = [list(map(int, row)) for row in [*half, exact[0], *more]]
print("nearest to 5: torch {}, litert {}, nearest-exact of both {}".format(*whole[:3]))
print("nearest to 15: torch {}, litert {}".format(*whole[3:]))
print("nearest to 20: alike", twice[0] == twice[1])
close = np.allclose(*cubic, atol=1e-3)
told = factor[0][-2], factor[1][-2], round(sizes, 3), close
print("bilinear by 1.25, to 12: last but one torch {}, litert {}, by sizes {}; bicubic by 1.25 alike {}".format(*told))
seen = half == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]] and exact == [half[1]] * 2 and more[0] != more[1]
sys.exit(not (seen and twice[0] == twice[1] and told == (7.9, 8.25, 8.25, True)))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
