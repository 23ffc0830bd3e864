#!/bin/sh
# An average pool that divides by a number of its own (AvgPool2d, divisor_override), exported to ONNX.
# GUESS, written down before: the exporter refuses what ONNX's AveragePool cannot say, or writes it as more operators.
# FOUND (torch 2.13.0, onnxscript 0.7.2, onnxruntime 1.32.0): it exports an AveragePool that divides by the size of the
# window. Nothing is said, and the file is valid. A pool that only adds up (divisor 1, as tensors of sums are made) comes
# out four times as small for a window of 2x2.
# Output seen: torch [10.0, 18.0], exported [2.5, 4.5], operators ['AveragePool']
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 onnxscript==0.7.2 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import onnxruntime
import torch

layer = torch.nn.AvgPool2d(2, divisor_override=1).eval()
image = torch.tensor([[[[1.0, 2, 3, 4], [3, 4, 5, 6]]]])
program = torch.onnx.export(layer, (image,), dynamo=True, verbose=False)
session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"])
exported = session.run(None, {session.get_inputs()[0].name: image.numpy()})[0].ravel().tolist()
by_torch = layer(image).ravel().tolist()
operators = [node.op_type for node in program.model_proto.graph.node]
print(f"torch {by_torch}, exported {exported}, operators {operators}")
sys.exit(not (by_torch == [10, 18] and exported == [2.5, 4.5] and operators == ["AveragePool"]))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
