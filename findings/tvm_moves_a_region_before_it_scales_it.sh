#!/bin/sh
# RoiAlign cuts the regions of a detector out of a map that is smaller than the image: a region's corners times
# spatial_scale (1/16, say), less half a pixel of the map, "half_pixel", which is the default since ONNX's set 16.
# GUESS, written down before a sweep over layers of ONNX: TVM and others "agree with onnxruntime or raise".
# FOUND (apache-tvm 0.27.0.post1; onnx 1.23.2 and onnxruntime 1.32.0 beside it): it takes the half off the corners in the
# image and scales then, so that with a scale of 1/16 a 32nd of a pixel of the map is left of the half. All regions are
# read nearly half a pixel off, 7.5 pixels of the image each way. With a scale of 1 both are alike, as they are with
# "output_half_pixel".
# Output seen, 2026-11-29 (a map whose value is its column, 0 to 7; a region over pixels 16 to 64 of the image, mean of each
# half of it, in thousandths):
# half_pixel, a 16th: onnxruntime [1250, 2750], TVM [1719, 3219]
# half_pixel, scale 1: both [1250, 2750]; output_half_pixel, a 16th: both [1750, 3250]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 apache-tvm==0.27.0.post1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnxruntime
import tvm
from onnx import TensorProto, helper, numpy_helper
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx

columns = np.tile(np.arange(8, dtype=np.float32), (1, 1, 8, 1))


def both(scale, mode):
    """The mean of a region's left and right half, by onnxruntime and by TVM, in thousandths."""
    corners = np.array([[1, 1, 4, 4]], np.float32) / scale
    kept = [numpy_helper.from_array(corners, "corners"), numpy_helper.from_array(np.zeros(1, np.int64), "images")]
    given = {"output_height": 1, "output_width": 2, "sampling_ratio": 2, "spatial_scale": scale}
    node = helper.make_node("RoiAlign", ["x", "corners", "images"], ["y"], coordinate_transformation_mode=mode, **given)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, columns.shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, 1, 2))
    graph = helper.make_graph([node], "one layer", [x], [y], kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    runtime = session.run(None, {"x": columns})[0]
    machine = relax.VirtualMachine(tvm.compile(from_onnx(model), "llvm"), tvm.cpu())
    by_tvm = machine["main"](tvm.runtime.tensor(columns)).numpy()
    return [np.round(1000 * result).astype(int).ravel().tolist() for result in (runtime, by_tvm)]


small, whole, old = both(1 / 16, "half_pixel"), both(1.0, "half_pixel"), both(1 / 16, "output_half_pixel")
print("half_pixel, a 16th: onnxruntime {}, TVM {}".format(*small))
print("half_pixel, scale 1: {} {}".format(*whole), "output_half_pixel, a 16th: {} {}".format(*old))
sys.exit(not (small == [[1250, 2750], [1719, 3219]] and whole == [[1250, 2750]] * 2 and old == [[1750, 3250]] * 2))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
