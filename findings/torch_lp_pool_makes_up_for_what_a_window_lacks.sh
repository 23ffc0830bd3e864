#!/bin/sh
# Lp pooling: the p-th root of the sum of p-th powers in a window; for p = 1 and positive numbers, their sum.
# GUESS, written down before: with ceil_mode a last window that overhangs has the sum of what is left in it, in torch
# as in onnxruntime.
# FOUND (torch 2.13.0, onnxruntime 1.32.0): torch takes the average of what is there times the size of a whole window,
# as if the rest of it looked alike. One number 10 in a window of three gives 30. onnxruntime gives 10. The formula in
# torch's documentation is that of onnxruntime, so an exported network answers otherwise at its border.
# Output seen (sums of 1..10 in threes):
# torch [6.0, 15.0, 24.0, 30.0], onnxruntime [6.0, 15.0, 24.0, 10.0]
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
from onnx import TensorProto, helper

row = np.arange(1, 11, dtype=np.float32).reshape(1, 1, 1, 10)
by_torch = torch.nn.functional.lp_pool2d(torch.from_numpy(row), 1.0, (1, 3), ceil_mode=True).ravel().tolist()
node = helper.make_node("LpPool", ["x"], ["y"], kernel_shape=(1, 3), strides=(1, 3), ceil_mode=1, p=1)
given = helper.make_tensor_value_info("x", TensorProto.FLOAT, row.shape)
made = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, 1, 4))
graph = helper.make_graph([node], "one layer", [given], [made])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
runtime = session.run(None, {"x": row})[0].ravel().tolist()
print(f"torch {by_torch}, onnxruntime {runtime}")
sys.exit(not (by_torch == [6, 15, 24, 30] and runtime == [6, 15, 24, 10]))
PY
"$folder/venv/bin/python" "$folder/ask.py"
