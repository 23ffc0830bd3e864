#!/bin/sh
# Bicubic enlargement, as torch.nn.Upsample(mode="bicubic") exports it (ONNX Resize, cubic, half_pixel), converted and run by MNN.
# GUESS, written down before: MNN gives what onnxruntime gives for every mode of Resize that its converter takes.
# FOUND (MNN 3.6.1, onnx 1.23.2, onnxruntime 1.32.0), without a word: the first row and column are others. Doubled, the first
# output reads at -0.25. MNN gives what would be read at 0.75: as after a cut to 0, with the fraction from rounding down.
# All other places agree, and so does everything where no place is below 0: halved, or with align_corners.
# A line that rises begins with a step back then, and an image that is enlarged in several stages has a frame.
# Output seen, 2026-11-30 (the first four of 16 numbers, from the line 0 1 2 3 4 5 6 7):
# doubled: onnxruntime [-0.105, 0.191, 0.668, 1.297], MNN [0.668, 0.191, 0.668, 1.297], places that differ: [0]
# tripled: onnxruntime [-0.111, 0.0, 0.259, 0.574], MNN [0.574, 0.0, 0.259, 0.574], places that differ: [0]
# doubled, align_corners: no place differs; halved: no place differs
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install MNN==3.6.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import _tools
import MNN.expr as F
import MNN.nn
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]


def both(factor, places):
    """The middle row of an image of eight equal rows, 0 to 7 each, resized: by onnxruntime and by MNN."""
    image = np.tile(np.arange(8, dtype=np.float32), (1, 1, 8, 1))
    node = helper.make_node(
        "Resize", ["x", "", "factors"], ["y"], mode="cubic", coordinate_transformation_mode=places
    )
    shapes = {"x": image.shape, "y": (1, 1, 8, round(8 * factor))}
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    factors = numpy_helper.from_array(np.array([1, 1, 1, factor], np.float32), "factors")
    graph = helper.make_graph([node], "resize", ends[:1], ends[1:], [factors])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, f"{folder}/resize.onnx")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = "mnnconvert", "-f", "ONNX", "--modelFile", f"{folder}/resize.onnx", "--MNNModel", f"{folder}/resize.mnn"
    _tools.mnnconvert([*names, "--bizCode", "x"])
    given = F.placeholder(list(image.shape), F.NCHW, F.float)
    given.write(image.ravel().tolist())
    result = MNN.nn.load_module_from_file(f"{folder}/resize.mnn", ["x"], ["y"]).forward([given])[0]
    result = F.convert(result, F.NCHW)
    rows = session.run(None, {"x": image})[0], np.array(result.read()).reshape(result.shape)
    return [row[0, 0, 4].astype(float) for row in rows]


found = {}
for name, *asked in (
    ("doubled", 2, "half_pixel"),
    ("tripled", 3, "half_pixel"),
    ("doubled, align_corners", 2, "align_corners"),
    ("halved", 0.5, "half_pixel"),
):
    right, by_mnn = both(*asked)
    places = np.flatnonzero(abs(right - by_mnn) > 1e-3).tolist()
    found[name] = places
    starts = [[round(float(number), 3) for number in row[:4]] for row in (right, by_mnn)]
    print(f"{name}: onnxruntime {starts[0]}, MNN {starts[1]}, places that differ: {places}", file=sys.stderr)
expected = {"doubled": [0], "tripled": [0], "doubled, align_corners": [], "halved": []}
sys.exit(f"this has changed: {found}" if found != expected else 0)
PY
"$folder/venv/bin/python" "$folder/ask.py" "$folder" > "$folder/converter.log"
