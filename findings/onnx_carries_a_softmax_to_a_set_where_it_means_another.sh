#!/bin/sh
# Each operator set of ONNX may give a layer another meaning. onnx.version_converter.convert_version carries a file from one
# set to another.
# GUESS, written down before: upwards the file keeps its results, or a Resize, a pool in ceil_mode or a batch normalization is
# refused; downwards an attribute that came in later is dropped without a word.
# FOUND (onnx 1.23.2; onnxruntime 1.32.0 and openvino 2026.4.1 run the files), three kinds, all silent and in valid files:
# 1. Down to set 12: a Softmax or LogSoftmax over "axis 1" is that axis alone from set 13 on, and before it that axis and all
#    behind it. It is copied. So the channels' shares at each pixel become shares among all pixels of the map too.
# 2. Up to set 13: a Hardmax, which changed in the same way, is copied too. Softmax is carried up rightly, by a Flatten and a
#    Reshape around it. Where the axis is the last, all are right.
# 3. Up to set 11: a linear Upsample or Resize read its pixel i at i / scale; since then it reads at (i + 0.5) / scale - 0.5 if
#    nothing else is written, and nothing is. So a map of an old U-Net, made twice as large, is moved by half a pixel of it.
#    (Known as onnx's issue 8480, open since 2026-09.)
# No attribute that came in later was dropped; those that stayed and mean something else were the trouble.
# Output seen, 2026-11-30 (Softmax of zeros, 1x2x1x2; Hardmax of 0 1 in one channel, 2 3 in another; 0 1 2 made six):
# Softmax, set 13: formula, file [0.5, 0.5, 0.5, 0.5]; set 12 [0.25, 0.25, 0.25, 0.25]
# Softmax, set 11: formula, file [0.25, 0.25, 0.25, 0.25]; set 13 [0.25, 0.25, 0.25, 0.25]
# Hardmax, set 11: formula, file [0, 0, 0, 1]; set 13 [0, 0, 1, 1], by OpenVINO as well
# Upsample, set 9: formula, file [0, 0.5, 1, 1.5, 2, 2]; set 13 [0, 0.25, 0.75, 1.25, 1.75, 2], by OpenVINO as well
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper
from onnx.version_converter import convert_version


def results(model, x):
    """What onnxruntime, with its own optimizations off, and what OpenVINO make of a file."""
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    content = model.SerializeToString()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(content), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    both = session.run(None, {"x": x})[0], compiled(x)[0]
    return [[round(float(number), 3) for number in each.ravel()] for each in both]


def carried(operator, x, old, new, scales=None, **attributes):
    """The results of a layer's file and of the one carried to another set."""
    kept = [] if scales is None else [numpy_helper.from_array(np.array(scales, np.float32), "scales")]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    size = np.array(x.shape) * (1 if scales is None else np.array(scales))
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, size.tolist())
    node = helper.make_node(operator, ["x"] + [each.name for each in kept], ["y"], **attributes)
    graph = helper.make_graph([node], "one layer", [given], [made], kept)
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", old)], ir_version=4 if old < 11 else 7)
    return results(file, x), results(convert_version(file, new), x)


row = np.arange(3, dtype=np.float32).reshape(1, 1, 1, 3)
two = np.arange(4, dtype=np.float32).reshape(1, 2, 1, 2)
larger = np.interp(np.arange(6) / 2, np.arange(3), np.arange(3)).tolist()
half = np.interp((np.arange(6) + 0.5) / 2 - 0.5, np.arange(3), np.arange(3)).tolist()
most = [float(number == two.max()) for number in two.ravel()]
each = (two == two.max(axis=1, keepdims=True)).ravel().astype(float).tolist()
ways = {"scales": [1, 1, 1, 2], "mode": "linear"}
upsampled, resized = carried("Upsample", row, 9, 13, **ways), carried("Resize", row, 10, 11, **ways)
hard = carried("Hardmax", two, 11, 13, axis=1)
down, up = carried("Softmax", 0 * two, 13, 12, axis=1), carried("Softmax", 0 * two, 11, 13, axis=1)
logarithm = [float(np.exp(values[0][0]).round(3)) for values in carried("LogSoftmax", 0 * two, 13, 12, axis=1)]
last = [carried("Hardmax", two, 11, 13, axis=3), carried("Softmax", 0 * two, 13, 12, axis=3)]
print(f"Softmax, set 13: formula {[0.5] * 4}, file {down[0][0]}, set 12 {down[1][0]}; of the logarithm {logarithm}")
print(f"Softmax, set 11: formula {[0.25] * 4}, file {up[0][0]}, set 13 {up[1][0]}")
print(f"Hardmax, set 11: formula {most}, file {hard[0]}, set 13 {hard[1]}; last axis {last}")
print(f"Upsample, set 9: formula {larger}, file {upsampled[0]}, set 13 {upsampled[1]}; Resize", resized == upsampled)
seen = upsampled == resized == ([larger] * 2, [half] * 2) and hard == ([most] * 2, [each] * 2) and larger != half
seen = seen and all(file[0] == other[0] for file, other in last)
seen = seen and down[0][0] == [0.5] * 4 and down[1][0] == [0.25] * 4 and logarithm == [0.5, 0.25]
sys.exit(not (seen and up[0][0] == up[1][0] == [0.25] * 4))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
