#!/bin/sh
# ONNX's linear layer, Gemm, is alpha * (x @ w) + beta * b. Made a network of 8-bit integers by onnxruntime.quantization's
# quantize_static, and run with onnxruntime's optimizations on and off.
# GUESS, written down before, of convolutions in the same sweep: an error far above a step where a transposed one is quantized
# channel by channel. Linear layers came along.
# FOUND (onnxruntime 1.32.0, onnx 1.23.2): all convolutions are right, and a linear layer with a beta is not. The tool writes
# beta = 1 and lays the factor into the scale of the bias, by which it also divides the bias: the two cancel, and b is added once.
# With optimizations on, a whole-number layer takes the place of the Gemm and reads the whole bias by the plain
# scale, so beta divides where it should multiply: three answers, two of them wrong, from one file. The other format,
# QOperator, does so at once, and multiplies the bias by alpha as well. No word of it. With both factors 1 all is right. With a
# beta below 1 it hides if the largest result is met in calibration: what is too large is cut off there.
# (onnxruntime's issue 28130 is about alpha in a QDQ file with optimizations on, mended: it is right here.)
# Output seen, 2026-11-30 (1 2 3 4 by weights of one, b = 100; in steps of 1.57 to 3.14; "on" and "off" are the optimizations):
# alpha 1, beta 2:   formula, file 210; QDQ off 109.8, on 59.6, QOperator 59.6
# alpha 1, beta 0.5: formula, file 60; QDQ off 109.8, on 210.2, QOperator 210.2
# alpha 2, beta 1:   formula, file 120; QDQ off 119.2, on 119.2, QOperator 219.6
# alpha 1, beta 1:   formula, file 110; QDQ off 109.8, on 109.8, QOperator 109.8
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
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

file, small = (pathlib.Path(sys.argv[1], name) for name in ("layer.onnx", "small.onnx"))
x = np.arange(1, 5, dtype=np.float32).reshape(1, 4)
w, b = np.ones((4, 1), np.float32), np.array([100], np.float32)


class Rows(CalibrationDataReader):
    """The row itself, and larger ones of both signs, so that no answer is cut off."""

    def __init__(self):
        self.rows = iter([{"x": factor * x} for factor in (1, 20, -20)])

    def get_next(self):
        return next(self.rows, None)


def result(path, optimized):
    options, levels = onnxruntime.SessionOptions(), onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0].item()


def layer(alpha, beta):
    """The formula's answer, the file's, and those of three networks of 8 bits; and a step of the last."""
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"], alpha=alpha, beta=beta)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 4))
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1))
    kept = [numpy_helper.from_array(w, "w"), numpy_helper.from_array(b, "b")]
    graph = helper.make_graph([node], "one layer", [given], [made], kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)
    answers = [(alpha * x @ w + beta * b).item(), result(file, False)]
    for form in (QuantFormat.QDQ, QuantFormat.QOperator):
        quantize_static(file, small, Rows(), quant_format=form, reduce_range=True)  # no sum overflows on any processor
        answers += [result(small, False), result(small, True)]
    scales = {each.name: each for each in onnx.load(small).graph.initializer}
    return answers, numpy_helper.to_array(scales["y_scale"]).item()


#                     formula, file, QDQ off and on, QOperator off and on
expected = {
    (1.0, 2.0): (210, 210, 110, 60, 60, 60),
    (1.0, 0.5): (60, 60, 110, 210, 210, 210),
    (2.0, 1.0): (120, 120, 120, 120, 220, 220),
    (1.0, 1.0): (110, 110, 110, 110, 110, 110),
}
seen = True
for (alpha, beta), numbers in expected.items():
    answers, step = layer(alpha, beta)
    form = "formula {:.1f}, file {:.1f}; QDQ off {:.1f}, on {:.1f}, QOperator off {:.1f}, on {:.1f}"
    print(f"alpha {alpha}, beta {beta}:", form.format(*answers), f"step {step:.2f}")
    seen = seen and np.abs(np.subtract(answers, numbers)).max() < 2 * step
sys.exit(not seen)
PY
"$folder/venv/bin/python" "$folder/ask.py" "$folder" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
