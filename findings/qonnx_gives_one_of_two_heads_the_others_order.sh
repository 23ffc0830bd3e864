#!/bin/sh
# A network for images, channels first, becomes one with channels last by qonnx's ConvertToChannelsLastAndClean. Before a
# classifier the map is flattened; the weights that follow are put in the new order, in place of the map.
# GUESS, written down before its transformations met 113 graphs: each "keeps the output of conv nets" (then: "or raise/warn-skip").
# FOUND (qonnx 1.0.0; onnx 1.23.2, onnxruntime 1.32.0), without a word but for a warning at 1 that there are "multiple consumers":
# 1. Where two classifiers read the flattened map (a class and a box), the weights of one are put in order
#    and the other reads the new order by its old weights. With one classifier it is right.
# 2. A classifier says whether its weights are transposed, transB=1 or 0. The 0, written out as some exporters do, is taken for
#    a 1. If the matrix is square, its rows are put in order in place of its columns. (Else it raises. Left out, it is right.)
# Output seen, 2026-12-01 (a convolution and classifiers on random maps; the largest difference in numbers of about 60 in size):
# one classifier 0, two classifiers 0 and 50, square 0, square with transB=0 234, with transB=1 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 bitstring==5.0.0 toposort==1.10 \
  2> "$folder/pip.log" && "$folder/venv/bin/pip" -q install --no-compile --no-deps qonnx==1.0.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.channels_last import ConvertToChannelsLastAndClean
from qonnx.transformation.infer_shapes import InferShapes

onnxruntime.set_default_logger_severity(3)
numbers = np.random.default_rng(0)
x = numbers.standard_normal((1, 4, 6, 6)).astype(np.float32)


def ask(heads, **transposed):
    """The largest difference of each head, channels last from channels first. A head is its node and its number of classes."""
    shape = {"kernel_shape": [3, 3], "strides": [1, 1], "dilations": [1, 1], "group": 1, "pads": [1, 1, 1, 1]}
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"], **shape), helper.make_node("Flatten", ["c"], ["f"])]
    held, ends = {"w": numbers.standard_normal((5, 4, 3, 3))}, []
    for made, (kind, classes) in zip(("y", "z"), heads):
        held[f"{made}w"] = numbers.standard_normal((180, classes))
        if kind == "Gemm":
            held[f"{made}b"] = numbers.standard_normal(classes)
        inputs = ["f"] + [name for name in held if name[0] == made]
        nodes.append(helper.make_node(kind, inputs, [made], **transposed))
        ends.append(helper.make_tensor_value_info(made, TensorProto.FLOAT, (1, classes)))
    held = [numpy_helper.from_array(array.astype(np.float32), name) for name, array in held.items()]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    graph = helper.make_graph(nodes, "classifiers", [given], ends, held)
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(file, full_check=True)
    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(None, {"x": x})
    other = ModelWrapper(file).transform(InferShapes()).transform(ConvertToChannelsLastAndClean())
    got = execute_onnx(other, {"x": x})
    return " and ".join(f"{abs(got[end.name] - want).max():.0f}" for end, want in zip(ends, expected))


one, two = ask([("MatMul", 3)]), ask([("MatMul", 3), ("MatMul", 4)])
square = [("Gemm", 180)]
square = ask(square), ask(square, transB=0), ask(square, transB=1)
print(f"one classifier {one}, two classifiers {two}, square %s, square with transB=0 %s, with transB=1 %s" % square)
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(one classifier \)/\1/p' "$0" | cmp - "$folder/seen"
