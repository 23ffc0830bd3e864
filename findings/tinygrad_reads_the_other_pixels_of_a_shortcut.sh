#!/bin/sh
# A convolution with auto_pad="SAME_UPPER", as networks that come from TensorFlow can have them, read from an ONNX file by
# tinygrad. With a window of 1x1 by steps of 2, as the shortcut of a ResNet has it, the result has its size without padding:
# every second pixel is read, from the first on.
# GUESS, written down before a sweep over layers of ONNX: tinygrad misses a Resize, an average pool in ceil_mode or a mode of
# Pad, and gives for the rest what onnxruntime gives.
# FOUND (tinygrad 0.14.0; onnx 1.23.2 and onnxruntime 1.32.0 beside it): the named were right or raised, the old Softmax was wrong
# (as in a_new_softmax_is_read_into_an_old_file.sh), and so was a plain convolution. Where the step is larger than the
# window it pads by less than nothing: the first pixel is cut off, and the shortcut reads just those that it is to skip. The size
# is right and nothing is said. By steps of 2 all is right with an odd number of pixels, with SAME_LOWER or VALID, and with a
# window of 3x3, as the other branch of the block has it.
# A window with gaps (dilation 2) is padded as if it had none: 8 places become 6, where onnxruntime refuses the layer.
# Output seen, 2026-11-30 (1..8, weights of one; the formula is x[::2]):
# 1x1 by 2: formula [1, 3, 5, 7], onnxruntime [1, 3, 5, 7] (so onnx.reference), tinygrad [2, 4, 6, 8]
# of 1..7: all [1, 3, 5, 7]; SAME_LOWER, VALID: tinygrad [1, 3, 5, 7] twice; 3x3 by 2: both [6, 12, 18, 15]
# block: onnxruntime [7, 15, 23, 22], tinygrad [8, 16, 24, 23]; dilation 2: inferred 8, tinygrad [6, 9, 12, 15, 18, 12]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 tinygrad==0.14.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner

file = pathlib.Path(sys.argv[1], "layers.onnx")


def layer(window, made, padding="SAME_UPPER", **sizes):
    """A convolution along a row whose weights are one."""
    return helper.make_node("Conv", ["x", f"ones{window}"], [made], kernel_shape=[1, window], auto_pad=padding, **sizes)


def model(pixels, *nodes):
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 1, 1, pixels))
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, 1, "places"))
    sizes = {int(node.input[1][-1]) for node in nodes if node.op_type == "Conv"}
    kept = [numpy_helper.from_array(np.ones((1, 1, 1, size), np.float32), f"ones{size}") for size in sizes]
    graph = helper.make_graph(nodes, "layers", [given], [made], kept)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(whole, full_check=True)
    return whole


def numbers(pixels):
    return np.arange(1, pixels + 1, dtype=np.float32).reshape(1, 1, 1, -1)


def tiny(pixels, *nodes):
    onnx.save(model(pixels, *nodes), file)
    return OnnxRunner(file)({"x": Tensor(numbers(pixels))})["y"].numpy().ravel().astype(int).tolist()


def both(pixels, *nodes):
    content = model(pixels, *nodes).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": numbers(pixels)})[0].ravel().astype(int).tolist(), tiny(pixels, *nodes)


skip = {"strides": [1, 2]}
formula = [numbers(pixels).ravel()[::2].astype(int).tolist() for pixels in (8, 7)]
reference = ReferenceEvaluator(model(8, layer(1, "y", **skip))).run(None, {"x": numbers(8)})[0].ravel().tolist()
even, odd = both(8, layer(1, "y", **skip)), both(7, layer(1, "y", **skip))
others = [both(8, layer(1, "y", padding, **skip)) for padding in ("SAME_LOWER", "VALID")]
branch = both(8, layer(3, "y", **skip))
add = helper.make_node("Add", ["shortcut", "branch"], ["y"])
block = both(8, layer(1, "shortcut", **skip), layer(3, "branch", **skip), add)
gaps = layer(3, "y", dilations=[1, 2])
shape = onnx.shape_inference.infer_shapes(model(8, gaps), strict_mode=True).graph.output[0].type.tensor_type.shape
apart = shape.dim[3].dim_value, tiny(8, gaps)
print("1x1 by 2: formula {}, onnxruntime {}, tinygrad {}".format(formula[0], *even))
print("of 1..7", odd, "SAME_LOWER, VALID", others, "3x3 by 2", branch)
print("block: onnxruntime {}, tinygrad {}".format(*block), "dilation 2: inferred {}, tinygrad {}".format(*apart))
seen = reference == formula[0] and even == (formula[0], [2, 4, 6, 8]) and odd == (formula[1], formula[1])
seen = seen and others == [(formula[0],) * 2] * 2
seen = seen and branch == ([6, 12, 18, 15],) * 2 and block == ([7, 15, 23, 22], [8, 16, 24, 23])
sys.exit(not (seen and apart == (8, [6, 9, 12, 15, 18, 12])))
PY
export DEV=PYTHON XDG_CACHE_HOME="$folder"
"$folder/venv/bin/python" "$folder/ask.py" "$folder" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
