#!/bin/sh
# Two layers of Paddle: a convolution with gaps (dilation) that pads by itself (padding="SAME"), and an average pool that
# divides by a number of its own (divisor_override).
# GUESS, written down before: "paddle equal" to the definition, layer by layer.
# FOUND (PaddlePaddle 3.3.1): with "SAME" the convolution has no gaps. Dilation 2 gives what dilation 1 gives, in one, two
# and three dimensions, as function and as layer, transposed too; the size is right, and nothing is said. So a DeepLab
# written with "SAME" sees as far as one without its gaps. With the same padding in numbers the gaps are there.
# The pool takes the mean first and then the divisor: what it says of divisor_override, "it will be used as divisor", holds
# unless a window overhangs. There, by its default (exclusive=True), the sum is divided by the pixels, then times the window
# over the divisor. A sum (divisor 1) of one pixel and one padded zero is twice that pixel.
# Output seen, 2026-11-29:
# dilation 2, padding 2: 4 6 9 12 15 18 21 14 16; padding "SAME": 3 6 9 12 15 18 21 24 17 (1D, 2D, 3D, layer, transposed)
# sums of pairs of 1 to 9 behind one zero: defined 1 5 9 13 17, Paddle 2 5 9 13 17
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 paddlepaddle==3.3.1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import paddle
import paddle.nn.functional as F

numbers = np.arange(1.0, 10)
gaps = np.convolve(np.pad(numbers, 2), [1, 0, 1, 0, 1], "valid").astype(int).tolist()
sums = np.pad(numbers, (1, 0)).reshape(5, 2).sum(1).astype(int).tolist()


def row(tensor):
    """The numbers of a tensor of whole numbers."""
    return [int(number) for number in tensor.numpy().ravel()]


def convolved(convolution, dimensions, padding):
    """1 to 9 along the last axis, convolved with three ones and gaps of one."""
    x = paddle.to_tensor(numbers, "float32").reshape([1] * (dimensions + 1) + [9])
    window = paddle.ones([1] * (dimensions + 1) + [3])
    return row(convolution(x, window, padding=padding, dilation=2))


kinds = [(F.conv1d, 1), (F.conv2d, 2), (F.conv3d, 3)]
same = [convolved(convolution, n, "SAME") for convolution, n in kinds]
written = [convolved(convolution, n, [0] * (n - 1) + [2]) for convolution, n in kinds]
image = paddle.to_tensor(numbers, "float32").reshape([1, 1, 1, 9])
ones = paddle.nn.initializer.Constant(1.0)
same.append(row(paddle.nn.Conv2D(1, 1, (1, 3), padding="SAME", dilation=2, weight_attr=ones)(image)))
window = paddle.ones([1, 1, 1, 3])
same.append(row(F.conv2d_transpose(image, window, padding="SAME", dilation=(1, 2))))
pooled = row(F.avg_pool2d(image, (1, 2), stride=(1, 2), padding=(0, 1), divisor_override=1))
print("dilation 2, padding 2:", *written[0], end="; ")
print('padding "SAME":', *same[0], "(1D, 2D, 3D, layer, transposed)" if same == [same[0]] * 5 else same[1:])
print("sums of pairs of 1 to 9 behind one zero: defined", *sums, end=", Paddle ")
print(*pooled)
without_gaps = np.convolve(np.pad(numbers, 1), [1, 1, 1], "valid").astype(int).tolist()
seen = written == [gaps] * 3 and same == [without_gaps] * 5 and without_gaps != gaps
sys.exit(not (seen and sums == [1, 5, 9, 13, 17] and pooled == [2, 5, 9, 13, 17]))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
