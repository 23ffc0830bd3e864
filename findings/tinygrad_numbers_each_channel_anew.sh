#!/bin/sh
# ONNX's MaxPool can also give the place of each maximum, for a MaxUnpool that puts numbers back (SegNet). The places are
# numbered through the whole input: the second channel's begin where those of the first end.
# GUESS, written down before a second sweep over layers of ONNX: tinygrad misses a Resize to the nearest pixel, a group
# normalization, a padded convolution of whole numbers or the old Softmax, and gives for the rest what onnxruntime gives.
# FOUND (tinygrad 0.14.0; onnx 1.23.2 and onnxruntime 1.32.0 beside it): of these the old Softmax is wrong, as it is in others
# (a_new_softmax_is_read_into_an_old_file.sh), and two kinds that are none of these, both silent:
# 1. It numbers each channel from 0. A Gather by these places reads the first channel throughout. A MaxUnpool whose places stand
#    in the file looks for them in each channel: the first one's numbers come back, the second one's are gone. Only its own pool
#    and its own unpool, which err alike, are right together.
# 2. QuantizeLinear to unsigned 8 bits adds 0.4999999 and cuts off, where halves are to go to the even number: with a scale of 2,
#    half of all odd pixels are a step off, and which half depends on the zero point. Signed ones are right.
# Output seen, 2026-11-30 (1 2 3 4 in one channel and 8 7 6 5 in another, in twos; 0..11 by a scale of 2):
# places:   formula, onnxruntime [1, 3, 4, 6], tinygrad [1, 3, 0, 2]; read there: onnxruntime [2, 4, 8, 6], tinygrad [2, 4, 1, 3]
# put back: formula, onnxruntime [0, 2, 0, 4, 8, 0, 6, 0], tinygrad [0, 2, 0, 4, 0, 0, 0, 0]
# pooled and put back: onnxruntime and tinygrad [0, 2, 0, 4, 8, 0, 6, 0]
# rounded: formula, onnxruntime     [0, 0, 2, 4, 4, 4, 6, 8, 8, 8, 10, 12], signed so by both
#          tinygrad, zero point 0   [0, 0, 2, 2, 4, 6, 6, 8, 8, 10, 10, 12]
#          tinygrad, zero point 128 [0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12]
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
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner

file = pathlib.Path(sys.argv[1], "layers.onnx")
twos = {"kernel_shape": [1, 2], "strides": [1, 2]}
pool = helper.make_node("MaxPool", ["x"], ["most", "where"], **twos)
unpool = helper.make_node("MaxUnpool", ["most", "where"], ["y"], **twos)


def both(x, shape, *nodes, **constants):
    """What onnxruntime and what tinygrad make of some layers."""
    x = np.array(x, np.float32)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    kept = [numpy_helper.from_array(np.array(values), name) for name, values in constants.items()]
    graph = helper.make_graph(nodes, "layers", [given], [made], kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)
    by_runtime = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    by_tinygrad = OnnxRunner(file)({"x": Tensor(x)})["y"].numpy()
    return [result.ravel().astype(int).tolist() for result in (by_runtime, by_tinygrad)]


def rounded(zero):
    """0..11 in 8 bits by a scale of 2, and back."""
    names = ["scale", "zero"]
    ways = ("QuantizeLinear", "x", "q"), ("DequantizeLinear", "q", "y")
    nodes = [helper.make_node(operator, [given, *names], [made]) for operator, given, made in ways]
    return both(np.arange(12), (12,), *nodes, scale=np.float32(2), zero=zero)


x = np.array([[[[1, 2, 3, 4]], [[8, 7, 6, 5]]]])
pairs = x.reshape(4, 2)
places = (np.arange(0, 8, 2) + pairs.argmax(1)).tolist()
back = np.where(np.isin(np.arange(8), places), x.ravel(), 0).tolist()
number = helper.make_node("Cast", ["where"], ["y"], to=TensorProto.FLOAT)
found = both(x, (1, 2, 1, 2), pool, number)
flat, read = helper.make_node("Reshape", ["x", "row"], ["flat"]), helper.make_node("Gather", ["flat", "where"], ["y"])
seen_there = both(x, (1, 2, 1, 2), pool, flat, read, row=[-1])
same = helper.make_node("Identity", ["x"], ["most"])
put = both(pairs.max(1).reshape(1, 2, 1, 2), (1, 2, 1, 4), same, unpool, where=np.reshape(places, (1, 2, 1, 2)))
together = both(x, (1, 2, 1, 4), pool, unpool)
even = (2 * np.rint(np.arange(12) / 2)).astype(int).tolist()
unsigned, middle, signed = (rounded(zero) for zero in (np.uint8(0), np.uint8(128), np.int8(0)))
print(f"places: formula {places}, onnxruntime {found[0]}, tinygrad {found[1]}; read there {seen_there}")
print(f"put back: formula {back}, onnxruntime {put[0]}, tinygrad {put[1]}; pooled and put back {together}")
print(f"rounded: formula {even}, zero point 0 {unsigned}, 128 {middle}, signed {signed}")
seen = found == [places, [1, 3, 0, 2]] and seen_there == [[2, 4, 8, 6], [2, 4, 1, 3]] and together == [back] * 2
seen = seen and put == [back, [0, 2, 0, 4, 0, 0, 0, 0]] and signed == [even] * 2
seen = seen and unsigned == [even, [0, 0, 2, 2, 4, 6, 6, 8, 8, 10, 10, 12]]
sys.exit(not (seen and middle == [even, [0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12]]))
PY
export DEV=PYTHON XDG_CACHE_HOME="$folder"
"$folder/venv/bin/python" "$folder/ask.py" "$folder" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
