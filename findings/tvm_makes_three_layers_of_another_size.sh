#!/bin/sh
# Three layers of an ONNX file that say how large their result is: a transposed convolution with output_shape (as one that
# came from TensorFlow can have), a maximum pool with auto_pad="SAME_LOWER", and a Resize by a factor.
# GUESS, written down before a sweep over layers of ONNX: TVM and others "agree with onnxruntime or raise".
# FOUND (apache-tvm 0.27.0.post1; onnx 1.23.2 and onnxruntime 1.32.0 beside it), three kinds, all silent:
# 1. output_shape is not read: nothing is cut off, and 4 places by steps of 2 become 9 where 8 are asked for.
# 2. SAME_LOWER rounds down: 7 places by steps of 2 become 3, SAME_UPPER has the 4 of the definition. An average pool is right.
# 3. A Resize reads its pixels by the ratio of the two sizes, not by the factor in the file: of 5 pixels by a half the
#    two that come out are means of other pairs. Where the factor leaves no fraction of a pixel, both agree.
# Output seen, 2026-11-29 (ones and weights of one; maxima of 1..7 in threes; 1..5 by a half):
# transposed: onnxruntime [1, 2, 1, 2, 1, 2, 1, 1], TVM [1, 1, 2, 1, 2, 1, 2, 1, 1]
# SAME_LOWER: onnxruntime [2, 4, 6, 7], TVM [3, 5, 7]; SAME_UPPER both [2, 4, 6, 7]
# by a half: onnxruntime [1.5, 3.5], TVM [1.75, 4.25]; of 1..4 both [1.5, 3.5]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 apache-tvm==0.27.0.post1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnxruntime
import tvm
from onnx import TensorProto, helper, numpy_helper
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx


def both(operator, inputs, row, places, constant=None, **attributes):
    """What onnxruntime and what TVM make of one row of numbers, for a layer with that constant and those attributes."""
    x = np.array(row, np.float32).reshape(1, 1, 1, -1)
    kept = [] if constant is None else [numpy_helper.from_array(np.asarray(constant, np.float32), "constant")]
    node = helper.make_node(operator, inputs, ["y"], **attributes)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, 1, places))
    graph = helper.make_graph([node], "one layer", [given], [made], kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    machine = relax.VirtualMachine(tvm.compile(from_onnx(model), "llvm"), tvm.cpu())
    results = session.run(None, {"x": x})[0], machine["main"](tvm.runtime.tensor(x)).numpy()
    return [[round(float(value), 3) for value in result.ravel()] for result in results]


def pool(mode):
    return both("MaxPool", ["x"], range(1, 8), 4, kernel_shape=(1, 3), strides=(1, 2), auto_pad=mode)


def half(numbers):
    return both("Resize", ["x", "", "constant"], range(1, numbers + 1), 2, (1, 1, 1, 0.5), mode="linear")


sizes = {"strides": (1, 2), "output_shape": (1, 8)}
transposed = both("ConvTranspose", ["x", "constant"], [1] * 4, 8, np.ones((1, 1, 1, 3)), **sizes)
lower, upper, five, four = pool("SAME_LOWER"), pool("SAME_UPPER"), half(5), half(4)
for name, found in (("transposed", transposed), ("SAME_LOWER", lower), ("by a half", five)):
    print(name, "onnxruntime {}, TVM {}".format(*found))
print("SAME_UPPER", upper, "of 1..4 by a half", four)
seen = transposed == [[1, 2, 1, 2, 1, 2, 1, 1], [1, 1, 2, 1, 2, 1, 2, 1, 1]] and lower == [[2, 4, 6, 7], [3, 5, 7]]
seen = seen and five == [[1.5, 3.5], [1.75, 4.25]]
sys.exit(not (seen and upper == [[2, 4, 6, 7]] * 2 and four == [[1.5, 3.5]] * 2))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
