#!/bin/sh
# A pool with gaps (dilation 2) and auto_pad="SAME_UPPER", which by its definition gives as many places as it is given.
# GUESS, written down before: onnxruntime and OpenVINO agree, or one of them raises.
# FOUND (onnxruntime 1.32.0; onnx 1.23.2 and openvino 2026.4.1 beside it): it pads as if there were no gaps and then counts
# the gaps, so 7 places become 5, and all windows begin elsewhere; SAME_LOWER and an average pool likewise. onnx's own
# shape inference says 7. A convolution with gaps and SAME is refused by name; only pools come out wrong without an error.
# In a network whose branches meet (a sum, a concatenation) the sizes clash later; before a global mean nobody sees it.
# Output seen, 2026-11-29 (the maxima of 1..7 at three places two apart):
# shape inference 7, OpenVINO [3, 4, 5, 6, 7, 6, 7], onnxruntime [4, 5, 6, 7, 6], SAME_LOWER 5 places, average 5 places
# a convolution: "Dilation not supported for AutoPadType::SAME_UPPER or AutoPadType::SAME_LOWER."
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

row = np.arange(1, 8, dtype=np.float32).reshape(1, 1, 1, 7)


def layer(operator, padding, weights=()):
    sizes = {"kernel_shape": [1, 3], "strides": [1, 1], "dilations": [1, 2], "auto_pad": padding}
    node = helper.make_node(operator, ["x"] + [w.name for w in weights], ["y"], **sizes)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, row.shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "one layer", [given], [made], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def runtime(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": row})[0].ravel().tolist()


maximum = layer("MaxPool", "SAME_UPPER")
inferred = onnx.shape_inference.infer_shapes(maximum, strict_mode=True).graph.output[0].type.tensor_type.shape
inferred = [d.dim_value for d in inferred.dim]
core = openvino.Core()
compiled = core.compile_model(core.read_model(maximum.SerializeToString()), "CPU")
by_openvino, by_runtime = compiled(row)[0].ravel().tolist(), runtime(maximum)
lower, average = (len(runtime(layer(*which))) for which in (("MaxPool", "SAME_LOWER"), ("AveragePool", "SAME_UPPER")))
try:
    runtime(layer("Conv", "SAME_UPPER", [numpy_helper.from_array(np.ones((1, 1, 1, 3), np.float32), "w")]))
    refused = False
except Exception as error:
    refused = "Dilation not supported" in str(error)
print(f"inferred {inferred[-1]}, OpenVINO {by_openvino}, onnxruntime {by_runtime}, lower {lower}, average {average}")
print("a convolution is refused:", refused)
right = inferred == [1, 1, 1, 7] and by_openvino == [3, 4, 5, 6, 7, 6, 7]
sys.exit(not (right and by_runtime == [4, 5, 6, 7, 6] and lower == average == 5 and refused))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
