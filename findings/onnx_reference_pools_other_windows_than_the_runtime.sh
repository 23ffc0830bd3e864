#!/bin/sh
# Pooling layers of one ONNX file, by ONNX's own reference implementation (onnx.reference) and by onnxruntime.
# GUESS, written down before: both read the same windows; the reference is only slower.
# FOUND (onnx 1.23.2 beside onnxruntime 1.32.0 and torch 2.13.0), two kinds, both silent:
# 1. AveragePool, ceil_mode=1, no padding, where the last window overhangs by more than one: the reference puts the
#    overhang half before the image and half behind it, so all windows move. onnxruntime and torch have it behind.
# 2. MaxPool with stride 1 and pads for one axis only: `pads` is all starts, then all ends ([1, 0, 1, 0] is one row above
#    and one below). The reference reads it axis by axis, a row above and a column before: another shape comes out.
# Output seen:
# average of 1..10 in threes: onnxruntime [2, 5, 8, 10], torch [2, 5, 8, 10], onnx.reference [1.5, 4, 7, 9]
# 2x2 maximum of a 2x2 image, a row above and one below: onnxruntime (3, 1), torch (3, 1), onnx.reference (2, 2)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def both(operator, x, **attributes):
    """What onnxruntime and what onnx.reference make of one pooling layer."""
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    node = helper.make_node(operator, ["x"], ["y"], **attributes)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "one layer", [given], [made])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0], ReferenceEvaluator(model).run(None, {"x": x})[0]


row = np.arange(1, 11, dtype=np.float32).reshape(1, 1, 1, 10)
averages = [*both("AveragePool", row, kernel_shape=(1, 3), strides=(1, 3), ceil_mode=1)]
averages.insert(1, F.avg_pool2d(torch.from_numpy(row), (1, 3), ceil_mode=True).numpy())
averages = [each.ravel().tolist() for each in averages]
print("averages: onnxruntime {}, torch {}, onnx.reference {}".format(*averages))

square = np.arange(4, dtype=np.float32).reshape(1, 1, 2, 2)
maxima = [*both("MaxPool", square, kernel_shape=(2, 2), pads=(1, 0, 1, 0))]
maxima.insert(1, F.max_pool2d(torch.from_numpy(square), 2, 1, (1, 0)).numpy())
shapes = [each.shape[2:] for each in maxima]
print("maxima: onnxruntime {}, torch {}, onnx.reference {}".format(*shapes))
sys.exit(not (averages == [[2, 5, 8, 10]] * 2 + [[1.5, 4, 7, 9]] and shapes == [(3, 1)] * 2 + [(2, 2)]))
PY
"$folder/venv/bin/python" "$folder/ask.py"
