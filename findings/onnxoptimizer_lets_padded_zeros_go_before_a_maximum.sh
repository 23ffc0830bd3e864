#!/bin/sh
# Two pairs of layers through the default passes of onnxoptimizer: zeros around an image and then a maximum (so Keras builds
# its ResNets), and two changes of shape after each other.
# GUESS, written down before: the optimized file gives what the file gave.
# FOUND (onnxoptimizer 0.4.2; onnxruntime 1.32.0 runs both files), two kinds, both silent:
# 1. The Pad becomes the `pads` of the MaxPool. But a maximum leaves out its own padding, while the zeros of a Pad count:
#    where all that a window sees is negative, 0 was right, and the largest negative number comes out. After a ReLU
#    nothing is negative and nothing shows; in Keras's ResNet50V2 the zeros and the maximum follow a bare convolution.
# 2. Of two Reshapes the last stays. A 0 in it, "as many as in my input", then means the input of the first: another shape.
# Output seen, 2026-11-29:
# maxima of -5 -6 -7 -8, a zero before them, in threes by twos: file [0.0, -6.0], optimized [-5.0, -6.0]
# 2x6 reshaped to 3x4, then to (0, -1, 2): file (3, 2, 2), optimized (2, 3, 2)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 onnxoptimizer==0.4.2 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnxoptimizer
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def both(x, nodes, constants):
    """What onnxruntime makes of a file and of the optimized one, and which operators are left."""
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    kept = [numpy_helper.from_array(np.array(values, np.int64), name) for name, values in constants.items()]
    graph = helper.make_graph(nodes, "two layers", [given], [made], kept)
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    optimized = onnxoptimizer.optimize(file)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    results = []
    for model in (file, optimized):
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results.append(session.run(None, {"x": x})[0])
    return *results, [node.op_type for node in optimized.graph.node]


row = -np.arange(5, 9, dtype=np.float32).reshape(1, 1, 1, 4)
pad = helper.make_node("Pad", ["x", "around"], ["wider"])
most = helper.make_node("MaxPool", ["wider"], ["y"], kernel_shape=[1, 3], strides=[1, 2])
first, then, pooled = both(row, [pad, most], {"around": [0, 0, 0, 1, 0, 0, 0, 0]})
maxima = [first.ravel().tolist(), then.ravel().tolist()]
reshapes = [helper.make_node("Reshape", ["x", "one"], ["m"]), helper.make_node("Reshape", ["m", "two"], ["y"])]
twelve = np.arange(12, dtype=np.float32).reshape(2, 6)
before, after, reshaped = both(twelve, reshapes, {"one": [3, 4], "two": [0, -1, 2]})
print("maxima: file {}, optimized {}".format(*maxima), pooled)
print(f"shapes: file {before.shape}, optimized {after.shape}", reshaped)
seen = maxima == [[0, -6], [-5, -6]] and pooled == ["MaxPool"]
sys.exit(not (seen and before.shape == (3, 2, 2) and after.shape == (2, 3, 2)))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
