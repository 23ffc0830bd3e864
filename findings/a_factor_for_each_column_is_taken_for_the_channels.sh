#!/bin/sh
# Two places where ONNX lines up a short row of numbers with the last axis, the columns: a Mul after a convolution (columns
# weighted, or one hidden), and the slopes of a PRelu. The first through onnxslim, the second by OpenVINO.
# GUESS, written down before: both give what onnxruntime gives for the file.
# FOUND (onnxslim 0.1.98, openvino 2026.4.1; onnxruntime 1.32.0 beside them): both look at how many numbers there are. Where
# a map has as many columns as channels, onnxslim multiplies each channel's kernel by a column's factor, even if the
# factors have all four axes, (1, 1, 1, columns), and OpenVINO gives each channel a column's slope, if they have one axis.
# With another number of columns both are right: one layer, and the size of the image decides.
# Output seen, 2026-11-29 (two channels of one row of ones; factors 1, 10; ones below zero, slopes 1, 10):
# onnxslim: file [[1, 10], [1, 10]], slimmed [[1, 1], [10, 10]]; with three columns alike
# PRelu: onnxruntime [[-1, -10], [-1, -10]], OpenVINO [[-1, -1], [-10, -10]]; with three columns alike
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 onnxslim==0.1.98 openvino==2026.4.1 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnxruntime
import onnxslim
import openvino
from onnx import TensorProto, helper, numpy_helper


def file(nodes, channels, columns, **constants):
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, channels, 1, columns))
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 2, 1, columns))
    kept = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in constants.items()]
    graph = helper.make_graph(nodes, "layers", [given], [made], kept)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def whole(result):
    return result[0, :, 0].astype(int).tolist()


def runtime(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return whole(session.run(None, {"x": x})[0])


def slim(columns):
    """A convolution of one channel to two, then a factor for each column: the file's result, and the slimmed one's."""
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("Mul", ["c", "factors"], ["y"])]
    factors = (10.0 ** np.arange(columns)).reshape(1, 1, 1, -1)
    model = file(nodes, 1, columns, w=np.ones((2, 1, 1, 1)), factors=factors)
    ones = np.ones((1, 1, 1, columns), np.float32)
    return runtime(model, ones), runtime(onnxslim.slim(model), ones)


def slopes(columns):
    """A PRelu with a slope for each column, by onnxruntime and by OpenVINO."""
    model = file([helper.make_node("PRelu", ["x", "slopes"], ["y"])], 2, columns, slopes=10.0 ** np.arange(columns))
    below = -np.ones((1, 2, 1, columns), np.float32)
    core = openvino.Core()
    read = core.read_model(model.SerializeToString())
    compiled = core.compile_model(read, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return runtime(model, below), whole(compiled(below)[0])


wide = [one == other for one, other in (slim(3), slopes(3))]
slimmed, prelu = slim(2), slopes(2)
print("onnxslim: file {}, slimmed {}".format(*slimmed), "three columns alike:", wide[0])
print("PRelu: onnxruntime {}, OpenVINO {}".format(*prelu), "three columns alike:", wide[1])
seen = slimmed == ([[1, 10], [1, 10]], [[1, 1], [10, 10]]) and prelu == ([[-1, -10], [-1, -10]], [[-1, -1], [-10, -10]])
sys.exit(not (seen and all(wide)))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
