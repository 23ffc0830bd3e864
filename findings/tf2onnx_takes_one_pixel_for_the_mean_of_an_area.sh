#!/bin/sh
# TensorFlow's functions, carried to ONNX by tf2onnx and run by onnxruntime.
# GUESS, written down before a sweep over 80 of them: what tf2onnx converts gives TensorFlow's numbers.
# FOUND (tf2onnx 1.17.0, tensorflow-cpu 2.21.0; onnx 1.23.2, onnxruntime 1.32.0): three kinds do not, without a word (convolutions
# and pools do, but for a transposed one whose steps are larger than its window, which this onnxruntime refuses):
# 1. tf.image.resize(method="area"), the mean of what a new pixel covers, becomes a Resize that takes one pixel, rounded down.
#    Thumbnails are made with "area" because it forgets none: of 1 to 7 made three, the 2, 4, 6 and 7 no longer count. Enlarged
#    by a whole factor both agree.
# 2. The bicubic resizing of TensorFlow 1 (tf.compat.v1.image.resize) has a curve with another coefficient (-0.75) than that of
#    TensorFlow 2 (-0.5), and repeats the border. It is written with the curve of 2, and without the border's repetition.
# 3. Whole numbers divided by // and %, which round down (rows of windows, turns), are rounded towards zero. With floating
#    numbers both are right.
# Output seen, 2026-12-01 (1 to 7 made 3; squares of 0 to 4 made 9, the corners kept; -7, -1, 7 by 3):
# area: TensorFlow [1.714, 4, 6.286], ONNX [1, 3, 5]
# area, doubled: TensorFlow [1, 1, 2, 2, 3, 3], ONNX [1, 1, 2, 2, 3, 3]
# bicubic of 1: TensorFlow [0, 0.219, 1, 2.125, 4, 6.125, 9, 12.969, 16], ONNX [0, 0.294, 1, 2.25, 4, 6.25, 9, 13, 16]
# //: TensorFlow [-3, -1, 2], ONNX [-2, 0, 2]
# %: TensorFlow [2, 2, 1], ONNX [-1, -1, 1]
# % of floating numbers: TensorFlow [2, 2, 1], ONNX [2, 2, 1]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile tensorflow-cpu==2.21.0 tf2onnx==1.17.0 numpy==2.4.6 onnx==1.23.2 \
  onnxruntime==1.32.0 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx


def short(numbers):
    return "[" + ", ".join(f"{round(float(number), 3):g}" for number in np.ravel(numbers)) + "]"


def compare(name, function, x):
    """Print what TensorFlow and what the exported file make of x."""
    signature = [tf.TensorSpec(x.shape, x.dtype, name="x")]
    model, _ = tf2onnx.convert.from_function(tf.function(function, input_signature=signature), signature, opset=18)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    print(f"{name}: TensorFlow {short(function(tf.constant(x)))}, ONNX {short(session.run(None, {'x': x})[0])}")


def row(numbers):
    return np.array(numbers, np.float32).reshape(1, 1, -1, 1)


def bicubic(x):
    four_rows = tf.tile(x, (1, 4, 1, 1))
    return tf.compat.v1.image.resize(four_rows, (4, 9), "bicubic", align_corners=True)[:, :1]


compare("area", lambda x: tf.image.resize(x, (1, 3), "area"), row(range(1, 8)))
compare("area, doubled", lambda x: tf.image.resize(x, (1, 6), "area"), row([1, 2, 3]))
compare("bicubic of 1", bicubic, row(np.arange(5) ** 2))
whole = np.array([-7, -1, 7], np.int32)
compare("//", lambda x: x // 3, whole)
compare("%", lambda x: x % 3, whole)
compare("% of floating numbers", lambda x: x % 3, whole.astype(np.float32))
PY
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" -W ignore "$folder/ask.py" > "$folder/seen" 2> "$folder/said" ||
  { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
area: TensorFlow [1.714, 4, 6.286], ONNX [1, 3, 5]
area, doubled: TensorFlow [1, 1, 2, 2, 3, 3], ONNX [1, 1, 2, 2, 3, 3]
bicubic of 1: TensorFlow [0, 0.219, 1, 2.125, 4, 6.125, 9, 12.969, 16], ONNX [0, 0.294, 1, 2.25, 4, 6.25, 9, 13, 16]
//: TensorFlow [-3, -1, 2], ONNX [-2, 0, 2]
%: TensorFlow [2, 2, 1], ONNX [-1, -1, 1]
% of floating numbers: TensorFlow [2, 2, 1], ONNX [2, 2, 1]
END
