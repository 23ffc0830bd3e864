#!/bin/sh
# A convolution and a Clip to 1 ... 3 behind it (a variance or a divisor that is to stay above something), made a network of
# 8-bit integers by onnxruntime.quantization's quantize_static.
# GUESS, written down before, of another layer of the same comparison: "error within a few steps" (here 3 / 255 each).
# FOUND (onnxruntime 1.32.0, onnx 1.23.2): the tool takes the Clip out, since numbers outside of the range of the 8 bits are
# clipped anyway. That range must hold zero, for padding's sake, and is laid as 0 ... 3, not 1 ... 3. So what should be 1
# comes out as 0, 85 steps off; and with an upper bound below zero, what should be -0.5 comes out as 0. In both formats, signed
# and unsigned, without a word. With bounds on both sides of zero it is right.
# (Known for symmetric ranges: onnxruntime's issue 11660, mended there.)
# Output seen, 2026-11-29 (-1 -0.5 0 ... 4, times one; largest error in steps):
# Clip 1 ... 3, QDQ: 0.00 0.00 0.00 0.51 1.00 1.49 2.00 2.49 3.00 3.00 3.00, error 85.0 steps
# Clip 1 ... 3, QOperator: 0.00 0.00 0.00 0.51 1.00 1.49 2.00 2.49 3.00 3.00 3.00, error 85.0 steps
# Clip -3 ... -0.5, QDQ: -1.00 -0.51 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00, error 127.5 steps
# Clip -3 ... -0.5, QOperator: -1.00 -0.51 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00, error 127.5 steps
# Clip -0.5 ... 3, QDQ: -0.49 -0.49 0.00 0.51 1.00 1.50 2.00 2.48 3.01 3.01 3.01, error 1.1 steps
# Clip -0.5 ... 3, QOperator: -0.49 -0.49 0.00 0.51 1.00 1.50 2.00 2.48 3.01 3.01 3.01, error 1.1 steps
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import pathlib
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, load, numpy_helper, save
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

written, quantized = (pathlib.Path(sys.argv[1], name) for name in ("written.onnx", "quantized.onnx"))
numbers = np.linspace(-1, 4, 11).astype(np.float32).reshape(1, 1, 1, -1)


class Numbers(CalibrationDataReader):
    """The numbers, once, to find the ranges from."""

    def __init__(self):
        self.batches = iter([{"x": numbers}])

    def get_next(self):
        return next(self.batches, None)


def run(file):
    """What onnxruntime makes of the numbers."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": numbers})[0].ravel()


def row(low, high, form, kind):
    """Values and largest error, in steps, of a convolution by one and a Clip; and whether the Clip is still there."""
    values = {"one": np.ones((1, 1, 1, 1)), "low": np.array(low), "high": np.array(high)}
    constants = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in values.items()]
    nodes = [helper.make_node("Conv", ["x", "one"], ["z"]), helper.make_node("Clip", ["z", "low", "high"], ["y"])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, numbers.shape) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "clipped", ends[:1], ends[1:], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), written)
    asked = np.clip(numbers.ravel(), low, high)
    assert np.array_equal(run(written), asked)
    quantize_static(written, quantized, Numbers(), quant_format=form, activation_type=kind)
    made = run(quantized)
    step = (max(asked.max(), 0) - min(asked.min(), 0)) / 255
    left = "Clip" in [node.op_type for node in load(quantized).graph.node]
    return [round(float(value), 2) + 0.0 for value in made], round(float(np.abs(made - asked).max() / step), 1), left


seen = {}
for low, high in ((1, 3), (-3, -0.5), (-0.5, 3)):
    for form in (QuantFormat.QDQ, QuantFormat.QOperator):
        unsigned, signed = (row(low, high, form, kind) for kind in (QuantType.QUInt8, QuantType.QInt8))
        values, error, left = unsigned
        print(f"Clip {low} ... {high}, {form.name}:", *(f"{v:.2f}" for v in values), end=f", error {error} steps\n")
        seen[low, form.name] = error if signed == unsigned and not left else None
expected = {1: 85, -3: 127.5}
passed = all(seen[low, form] == expected[low] for low in expected for form in ("QDQ", "QOperator"))
sys.exit(not (passed and all(seen[-0.5, form] <= 1.5 for form in ("QDQ", "QOperator"))))
PY
"$folder/venv/bin/python" "$folder/ask.py" "$folder" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
