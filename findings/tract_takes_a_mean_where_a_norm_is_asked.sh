#!/bin/sh
# Two operators of ONNX with a parameter each, run by tract: a global Lp pool (the p-th root of the sum of p-th powers of
# what a map holds, without signs) and the activation Celu (alpha * (exp(x / alpha) - 1) below zero).
# GUESS, written down before: tract gives what onnxruntime gives, or raises.
# FOUND (tract 0.23.9 beside onnxruntime 1.32.0): it takes the mean of the powers, not their sum, and keeps the signs.
# So the norm of a map depends on its size, an odd p cancels, and the cube root of a negative mean is not a number. Celu
# lacks its first alpha: with alpha 2 all that is below zero is half as large, and the slope jumps at zero, where Celu was
# made to have none. With alpha 1 (the default), and with p = 2 on a map of one pixel, nothing shows.
# Output seen, 2026-11-29:
# norms of 3 -4 0 0 for p = 1, 2, 3: onnxruntime [7.0, 5.0, 4.498], tract [-0.25, 2.5, nan]
# Celu of -2 -1 1, alpha 2: onnxruntime [-1.264, -0.787, 1.0], tract [-0.632, -0.393, 1.0]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 tract==0.23.9 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import pathlib
import sys

import numpy as np
import onnxruntime
import tract
from onnx import TensorProto, helper

file = pathlib.Path(sys.argv[1], "layer.onnx")


def both(operator, numbers, made, **parameter):
    """What onnxruntime and what tract make of a layer of one row of numbers, in three digits."""
    x = np.array(numbers, np.float32).reshape(1, 1, 1, -1)
    node = helper.make_node(operator, ["x"], ["y"], **parameter)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, 1, made))
    graph = helper.make_graph([node], "one layer", [given], [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    file.write_bytes(model.SerializeToString())
    runtime = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    by_tract = tract.onnx().load(file).into_model().into_runnable().run([x])[0].to_numpy()
    return [[round(float(v), 3) for v in result.ravel()] for result in (runtime, by_tract)]


norms = [sum(row, []) for row in zip(*(both("GlobalLpPool", (3, -4, 0, 0), 1, p=p) for p in (1, 2, 3)))]
celu, plain = both("Celu", (-2, -1, 1), 3, alpha=2.0), both("Celu", (-2, -1, 1), 3, alpha=1.0)
print("norms: onnxruntime {}, tract {}".format(*norms))
print("Celu: onnxruntime {}, tract {}".format(*celu))
seen = norms[0] == [7, 5, 4.498] and norms[1][:2] == [-0.25, 2.5] and np.isnan(norms[1][2])
seen = seen and celu == [[-1.264, -0.787, 1], [-0.632, -0.393, 1]] and plain[0] == plain[1]
sys.exit(not seen)
PY
"$folder/venv/bin/python" "$folder/ask.py" "$folder" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
