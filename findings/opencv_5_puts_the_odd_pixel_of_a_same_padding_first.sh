#!/bin/sh
# A network that came to ONNX from TensorFlow can say auto_pad="SAME_UPPER": where the padded pixels are odd in number, the
# odd one lies behind the image. Read by OpenCV's dnn.
# GUESS, written down before: OpenCV gives what onnxruntime gives, or raises.
# FOUND (opencv-python-headless 5.0.0.93; 4.13.0.92 and onnxruntime 1.32.0 beside it): with stride 2, version 5 has the odd
# pixel before the image, as if SAME_LOWER were written, in convolutions and pools, without a word; 4.13 was right. Each
# window of a 3x3 layer with stride 2 begins a pixel early on an image of even size: MobileNet halves its maps so.
# With stride 1 (a window of two) 5 is right as well, so the word is read.
# Output seen, 2026-11-29 (1 2 3 4; by steps of 2 weights 1, 10, 100, or the maximum of three; by 1 weights 1, 10):
# onnxruntime  [[321, 43], [3, 4], [21, 32, 43, 4]]
# OpenCV 4.13  [[321, 43], [3, 4], [21, 32, 43, 4]]
# OpenCV 5.0   [[210, 432], [2, 4], [21, 32, 43, 4]]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/ask.py" <<'PY'
import json
import sys

import cv2
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

row = np.arange(1, 5, dtype=np.float32).reshape(1, 1, 1, 4)
by_opencv, by_runtime = [], []
for operator, weights, size, step in (("Conv", (1, 10, 100), 3, 2), ("MaxPool", (), 3, 2), ("Conv", (1, 10), 2, 1)):
    kernel = [numpy_helper.from_array(np.array(weights, np.float32).reshape(1, 1, 1, size), "w")] if weights else []
    sizes = {"kernel_shape": [1, size], "strides": [1, step], "auto_pad": "SAME_UPPER"}
    node = helper.make_node(operator, ["x"] + ["w"] * len(kernel), ["y"], **sizes)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, row.shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, 1, 4 // step))
    graph = helper.make_graph([node], "one layer", [given], [made], kernel)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    by_runtime.append(session.run(None, {"x": row})[0].astype(int).ravel().tolist())
    network = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    network.setInput(row)
    by_opencv.append(network.forward().astype(int).ravel().tolist())
print("OpenCV", cv2.__version__, by_opencv, "onnxruntime", by_runtime)
right = [[321, 43], [3, 4], [21, 32, 43, 4]]
sys.exit(not (by_runtime == right and by_opencv == json.loads(sys.argv[1])))
PY
for version in 4.13.0.92 5.0.0.93; do
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 "opencv-python-headless==$version" \
    2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
  case $version in
    4*) expected='[[321, 43], [3, 4], [21, 32, 43, 4]]' ;;
    *) expected='[[210, 432], [2, 4], [21, 32, 43, 4]]' ;;
  esac
  "$folder/venv/bin/python" "$folder/ask.py" "$expected" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
done
