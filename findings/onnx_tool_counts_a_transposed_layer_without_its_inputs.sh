#!/bin/sh
# The products of a transposed convolution (a decoder, a U-Net's way up), counted by onnx-tool: each place of the
# input meets each of its weights once.
# GUESS, written down before: they are right, with groups too.
# FOUND (onnx-tool 1.0.1, on files made with onnx 1.23.2): it reads the weights' axes as those of a convolution (output,
# input, ...), while a transposed one has its input first. So the number of input channels does not matter at all, and that
# of the output channels goes in squared. And it counts at each place of the result: for FCN's last layer, 32 times larger
# each way, that is 1296 times too many. Where channels are halved, as in a U-Net, the one fault takes back half of the
# other. Plain convolutions are right.
# Output seen, 2026-11-29 (channels, window, stride, groups, places each way):
# 64 to 32, 2, 2, 1, 8: counted 1048576, right 524288
# 16 to 32, 2, 2, 1, 8: counted 1048576, right 131072
# 32 to 32, 2, 2, 32, 8: counted 32768, right 8192
# 21 to 21, 64, 32, 1, 8: counted 149824733184, right 115605504
# a convolution of 16 to 32 channels, 3, 1: counted and right 165888
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnx-tool==1.0.1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import pathlib
import sys

import numpy as np
import onnx
import onnx_tool
from onnx import TensorProto, helper, numpy_helper

file = str(pathlib.Path(sys.argv[1], "layer.onnx"))


def counted(operator, weights, channels, places, **sizes):
    """The products onnx-tool counts in one layer without a bias."""
    kernel = numpy_helper.from_array(np.zeros(weights, np.float32), "w")
    node = helper.make_node(operator, ["x", "w"], ["y"], kernel_shape=weights[2:], **sizes)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, channels, places, places))
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "one layer", [given], [made], [kernel])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)
    model = onnx_tool.Model(file)
    model.graph.shape_infer({"x": np.zeros((1, channels, places, places), np.float32)})
    model.graph.profile()
    return int(model.graph.macs[0])


seen = []
for into, out, window, stride, groups in ((64, 32, 2, 2, 1), (16, 32, 2, 2, 1), (32, 32, 2, 2, 32), (21, 21, 64, 32, 1)):
    weights = (into, out // groups, window, window)
    found = counted("ConvTranspose", weights, into, 8, strides=[stride, stride], group=groups)
    right = 8 * 8 * int(np.prod(weights))
    print(f"{into} to {out}, {window}, {stride}, {groups}, 8: counted {found}, right {right}")
    seen.append((found, right))
plain = counted("Conv", (32, 16, 3, 3), 16, 8)
print("a convolution:", plain)
expected = [(1048576, 524288), (1048576, 131072), (32768, 8192), (149824733184, 115605504)]
sys.exit(not (seen == expected and plain == 6 * 6 * 32 * 16 * 9))
PY
"$folder/venv/bin/python" "$folder/ask.py" "$folder" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
