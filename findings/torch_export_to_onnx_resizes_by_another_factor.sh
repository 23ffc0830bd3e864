#!/bin/sh
# An image made smaller by a factor, with antialiasing (torch.nn.functional.interpolate), exported to ONNX.
# GUESS, written down before: the factor is exported as a factor, for torch reads its pixels by it.
# FOUND (torch 2.13.0, onnxscript 0.7.2, onnxruntime 1.32.0): the size of the result is exported. Where the factor leaves
# a fraction of a pixel (10 * 0.55 = 5.5, so 5), torch reads by 0.55 and the exported Resize by 5 / 10: all pixels differ.
# With 0.5 or 0.6, which leave no fraction, the two agree. Without antialiasing the factor is exported, and they agree
# for 0.55 as well. So a network trained on images made small in this way sees others after its export.
# Output seen (a row 0, 1, ... 9 in the result of torch, and of the exported network):
# factor 0.5 apart by 0.0, factor 0.55 apart by 0.58, factor 0.55 without antialiasing 0.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 onnxscript==0.7.2 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnxruntime
import torch


class Smaller(torch.nn.Module):
    def __init__(self, factor, antialias):
        super().__init__()
        self.given = {"scale_factor": factor, "mode": "bilinear", "antialias": antialias}

    def forward(self, image):
        return torch.nn.functional.interpolate(image, **self.given)


def apart(factor, antialias=True):
    """The largest difference between torch's pixels and those of the exported network."""
    layer, image = Smaller(factor, antialias).eval(), torch.arange(10.0).expand(1, 1, 10, 10).contiguous()
    program = torch.onnx.export(layer, (image,), dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(
        program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    exported = session.run(None, {session.get_inputs()[0].name: image.numpy()})[0]
    return float(np.abs(layer(image).numpy() - exported).max())


half, more, plain = apart(0.5), apart(0.55), apart(0.55, antialias=False)
print(f"factor 0.5 apart by {half:.1f}, factor 0.55 apart by {more:.2f}, without antialiasing {plain:.1f}")
sys.exit(not (half < 1e-4 and 0.5 < more < 0.7 and plain < 1e-4))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
