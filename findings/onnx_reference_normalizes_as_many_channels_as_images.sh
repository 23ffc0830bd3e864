#!/bin/sh
# AlexNet's local response normalization, by ONNX's own reference implementation of its operators (onnx.reference).
# GUESS, written down before: the slow reference gives what onnxruntime and torch give, to a last digit.
# FOUND (onnx 1.23.2; onnxruntime 1.32.0, torch 2.13.0 beside it): it fills its sums of squares for as many channels
# as there are images in the batch. The other channels are divided by bias**beta alone: one image of AlexNet has one
# channel of 96 normalized, without a word. With more images than channels it raises IndexError. A batch as large as
# the channels are many (5x5x5x5, say) hides it.
# Output seen (input and bias all 1, size 1, alpha 1, beta 1, so each result is a half):
# onnxruntime [0.5, 0.5, 0.5], torch [0.5, 0.5, 0.5], onnx.reference [0.5, 1.0, 1.0]
# three images: onnx.reference halves all three channels; four images: IndexError
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
from onnx.reference import ReferenceEvaluator


def model(images):
    """One LRN of three channels and one pixel, over a window of one channel."""
    node = helper.make_node("LRN", ["x"], ["y"], size=1, alpha=1.0, beta=1.0, bias=1.0)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, (images, 3, 1, 1)) for name in "xy")
    graph = helper.make_graph([node], "one layer", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def reference(images):
    try:
        return ReferenceEvaluator(model(images)).run(None, {"x": np.ones((images, 3, 1, 1), np.float32)})[0]
    except IndexError:
        return None


one = np.ones((1, 3, 1, 1), np.float32)
session = onnxruntime.InferenceSession(model(1).SerializeToString(), providers=["CPUExecutionProvider"])
runtime = session.run(None, {"x": one})[0].ravel().tolist()
by_torch = torch.nn.functional.local_response_norm(torch.from_numpy(one), 1, 1.0, 1.0, 1.0).ravel().tolist()
found = reference(1).ravel().tolist()
print(f"onnxruntime {runtime}, torch {by_torch}, onnx.reference {found}")
print(f"three images {np.unique(reference(3))}, four images {reference(4)}")
right = runtime == by_torch == [0.5, 0.5, 0.5]
sys.exit(not (right and found == [0.5, 1, 1] and (reference(3) == 0.5).all() and reference(4) is None))
PY
"$folder/venv/bin/python" "$folder/ask.py"
