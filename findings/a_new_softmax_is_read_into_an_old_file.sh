#!/bin/sh
# Softmax changed its meaning with ONNX's operator set 13: before, `axis=1` stood for all axes from the first on, flattened;
# since then it is that one axis. A file says which set it is written for, so that both stay readable.
# GUESS, written down before: all who read the file give what onnxruntime gives, or raise.
# FOUND (openvino 2026.4.1, opencv-python-headless 5.0.0.93, onnx 1.23.2 with its onnx.reference; onnxruntime 1.32.0 and
# tract 0.23.9 beside them): three of five take the new rule for the old file, without a word. OpenVINO does so for Softmax
# and keeps the old rule for LogSoftmax, so there the logarithm of the one is not the other. Where axis 1 is the last, or
# those after it hold one number (classes of one image), both rules say the same, which hides it in classifiers.
# Output seen, 2026-11-29 (zeros of shape 1x2x2 and axis 1, so a quarter each by the old rule, a half by the new one):
#                 onnxruntime  tract  OpenVINO  OpenCV  onnx.reference
# set 11, Softmax        0.25   0.25       0.5     0.5             0.5
# exp(LogSoftmax)        0.25   0.25      0.25     0.5             0.5
# set 13, Softmax         0.5    0.5       0.5     0.5             0.5
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 \
  opencv-python-headless==5.0.0.93 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import pathlib
import sys

import cv2
import numpy as np
import onnxruntime
import openvino
import tract
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

zeros = np.zeros((1, 2, 2), np.float32)
file = pathlib.Path(sys.argv[1], "layer.onnx")


def five(operator, operators):
    """The one value that each of the five gives everywhere, for a layer written for that set of operators."""
    node = helper.make_node(operator, ["x"], ["y"], axis=1)
    given, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, zeros.shape) for name in "xy")
    graph = helper.make_graph([node], "one layer", [given], [made])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", operators)], ir_version=7)
    file.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    network = cv2.dnn.readNetFromONNX(str(file))
    network.setInput(zeros)
    results = [
        session.run(None, {"x": zeros})[0],
        tract.onnx().load(file).into_model().into_runnable().run([zeros])[0].to_numpy(),
        openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(zeros)[0],
        network.forward(),
        ReferenceEvaluator(model).run(None, {"x": zeros})[0],
    ]
    if operator == "LogSoftmax":
        results = [np.exp(result) for result in results]
    assert all(np.ptp(result) < 1e-6 for result in results)
    return [round(float(result.flat[0]), 3) for result in results]


old, logarithm, new = five("Softmax", 11), five("LogSoftmax", 11), five("Softmax", 13)
print("set 11:", old, "exp of LogSoftmax:", logarithm, "set 13:", new)
seen = old == [0.25, 0.25, 0.5, 0.5, 0.5] and logarithm == [0.25, 0.25, 0.25, 0.5, 0.5]
sys.exit(not (seen and new == [0.5] * 5))
PY
"$folder/venv/bin/python" "$folder/ask.py" "$folder" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
