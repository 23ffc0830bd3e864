#!/bin/sh
# GemmToMatMul, by qonnx, writes each linear layer (Gemm) as a product and a sum; nothing else, says its documentation.
# GUESS, written down before its transformations met 113 graphs: each "keeps the output of conv nets" (then: "or raise/warn-skip").
# FOUND (qonnx 1.0.0; onnx 1.23.2, onnxruntime 1.32.0), without a word: after each layer it removes sums with zero and products with
# one from the whole file, and what differs by at most 0.00001 counts as zero. That is the epsilon of a norm, 0.00001 in torch's
# layer norm and smaller in others, where a file has the norm in its parts (as all had up to set 16). So the norm of an even
# map is 0 / 0, and a faint one is raised to full contrast, which epsilon is there to prevent. Any linear layer anywhere in
# the file does it. (RemoveIdentityOps, which it calls, has the tolerance in its documentation.)
# Output seen, 2026-12-01 (the last of six rising numbers, after a layer norm in its parts and a linear layer that adds 0.5):
# epsilon 0.001: contrast 1 1.962 becomes 1.962, contrast 0.001 0.532 becomes 0.532, contrast 0 0.500 becomes 0.500
# epsilon 1e-05: contrast 1 1.964 becomes 1.964, contrast 0.001 0.809 becomes 1.964, contrast 0 0.500 becomes nan
# epsilon 1e-06: contrast 1 1.964 becomes 1.964, contrast 0.001 1.326 becomes 1.964, contrast 0 0.500 becomes nan
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
from qonnx.transformation.gemm_to_matmul import GemmToMatMul
from qonnx.transformation.infer_shapes import InferShapes

onnxruntime.set_default_logger_severity(3)
ramp = np.linspace(-1, 1, 6, dtype=np.float32).reshape(1, 6)
node = helper.make_node


def norm(epsilon):
    """A layer norm in its parts, and the linear layer after it."""
    nodes = [
        node("ReduceMean", ["x"], ["mean"], axes=[1]),
        node("Sub", ["x", "mean"], ["apart"]),
        node("Mul", ["apart", "apart"], ["square"]),
        node("ReduceMean", ["square"], ["variance"], axes=[1]),
        node("Add", ["variance", "epsilon"], ["more"]),
        node("Sqrt", ["more"], ["deviation"]),
        node("Div", ["apart", "deviation"], ["normed"]),
        node("Gemm", ["normed", "w", "b"], ["y"], transB=1),
    ]
    held = {"epsilon": np.float32(epsilon), "w": np.eye(6, dtype=np.float32), "b": np.full(6, 0.5, np.float32)}
    held = [numpy_helper.from_array(np.asarray(array), name) for name, array in held.items()]
    given, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 6)) for name in "xy")
    graph = helper.make_graph(nodes, "norm", [given], [made], held)
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=8)
    onnx.checker.check_model(file, full_check=True)
    return file


def last(epsilon, contrast):
    """The last number, by the file and by what it becomes."""
    file, x = norm(epsilon), contrast * ramp
    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    other = ModelWrapper(file).transform(InferShapes()).transform(GemmToMatMul())
    return session.run(None, {"x": x})[0][0, -1], execute_onnx(other, {"x": x})["y"][0, -1]


for epsilon in (1e-3, 1e-5, 1e-6):
    said = (f"contrast {contrast} %.3f becomes %.3f" % last(epsilon, contrast) for contrast in (1, 0.001, 0))
    print(f"epsilon {epsilon}: {', '.join(said)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(epsilon \)/\1/p' "$0" | cmp - "$folder/seen"
