#!/bin/sh
# A decoder enlarges its map either by a convolution whose channels become pixels (DepthToSpace), or by repeated pixels (Resize,
# "nearest") and a convolution. qonnx, for chips, writes both as one transposed convolution: SubPixelToDeconvolution and
# ResizeConvolutionToDeconvolution, which skip what they cannot do, with a warning.
# GUESS, written down before its transformations met 113 graphs: each "keeps the output of conv nets" (then: "or raise/warn-skip").
# FOUND (qonnx 1.0.0; onnx 1.23.2, onnxruntime 1.32.0 runs both files), all in valid files of the right size and without a word
# but one:
# 1. The order in which channels become pixels is taken for torch's ("CRD") whatever is written. ONNX's default, which is
#    TensorFlow's order, is the other one ("DCR"): each pixel has another channel's number.
# 2. Of a repetition by "nearest" only the factor is read. With nearest_mode="ceil" ONNX's first pixel stands once and not
#    twice. The new layer repeats all alike. A factor of 1.5 is cut to 1, so the map is not enlarged at all.
# 3. A convolution that keeps the size by unequal padding (windows of 2x2) has its padding taken over as it is. But a transposed
#    layer cuts off where a convolution adds: the map moves, by two pixels and by one. (Equal padding is right.)
# 4. "Skipping sub-pixel conv, only supporting dilation=[1,1]." is said, and it is not skipped: the size is another one.
# Output seen, 2026-12-01 (random maps of 4x6x6; the largest difference in numbers of about 6 in size, or the sizes):
# channels to pixels: CRD 0.0, DCR 23.3, default 18.8, 2x2 13.1, dilation 2 (1, 2, 13, 13) for (1, 2, 12, 12)
# said: nothing, nothing, nothing, nothing, Skipping sub-pixel conv, only supporting dilation=[1,1].
# repeated pixels: floor 0.0, ceil 15.9, 2x2 15.4, 1.5 times (1, 2, 6, 6) for (1, 2, 9, 9)
# said: nothing, nothing, nothing, nothing
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 bitstring==5.0.0 toposort==1.10 \
  2> "$folder/pip.log" && "$folder/venv/bin/pip" -q install --no-compile --no-deps qonnx==1.0.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.infer_shapes import InferShapes
from qonnx.transformation.resize_conv_to_deconv import ResizeConvolutionToDeconvolution
from qonnx.transformation.subpixel_to_deconv import SubPixelToDeconvolution

onnxruntime.set_default_logger_severity(3)
numbers = np.random.default_rng(0)
x = numbers.standard_normal((1, 4, 6, 6)).astype(np.float32)


def convolution(given, made, kernel=3, dilation=1):
    ends = [0, 0, 1, 1] if kernel == 2 else [dilation] * 4
    shape = {"kernel_shape": [kernel] * 2, "strides": [1, 1], "group": 1}
    return helper.make_node("Conv", [given, "w"], [made], pads=ends, dilations=[dilation] * 2, **shape)


def to_pixels(kernel=3, dilation=1, **mode):
    weights = numbers.standard_normal((8, 4, kernel, kernel))
    nodes = convolution("x", "c", kernel, dilation), helper.make_node("DepthToSpace", ["c"], ["y"], blocksize=2, **mode)
    return nodes, {"w": weights.astype(np.float32)}, SubPixelToDeconvolution()


def repeated(factor=2, kernel=3, rounding="floor"):
    weights = numbers.standard_normal((2, 4, kernel, kernel))
    how = {"mode": "nearest", "nearest_mode": rounding, "coordinate_transformation_mode": "asymmetric"}
    nodes = helper.make_node("Resize", ["x", "", "by"], ["u"], **how), convolution("u", "y", kernel)
    by = np.float32([1, 1, factor, factor])
    return nodes, {"w": weights.astype(np.float32), "by": by}, ResizeConvolutionToDeconvolution()


def run(file):
    return onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def ask(nodes, held, transformation):
    """How far the transformed file is from the file, and what was said."""
    ends = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", x.shape), ("y", [None] * 4)))
    given, made = ends
    held = [numpy_helper.from_array(numbers, name) for name, numbers in held.items()]
    graph = helper.make_graph(nodes, "decoder", [given], [made], held)
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(file, full_check=True)
    expected = run(file)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        other = ModelWrapper(file).transform(InferShapes()).transform(transformation)
    assert [node.op_type for node in other.graph.node] == ["ConvTranspose"]
    got = run(other.model)
    told = [str(each.message) for each in said if "kipping" in str(each.message)]
    same = got.shape == expected.shape
    return f"{abs(got - expected).max():.1f}" if same else f"{got.shape} for {expected.shape}", *(told or ["nothing"])


first = {
    "CRD": to_pixels(mode="CRD"),
    "DCR": to_pixels(mode="DCR"),
    "default": to_pixels(),
    "2x2": to_pixels(2, mode="CRD"),
    "dilation 2": to_pixels(3, 2, mode="CRD"),
}
second = {"floor": repeated(), "ceil": repeated(rounding="ceil"), "2x2": repeated(2, 2), "1.5 times": repeated(1.5)}
for name, graphs in (("channels to pixels", first), ("repeated pixels", second)):
    seen, said = zip(*(ask(*graph) for graph in graphs.values()))
    print(f"{name}: {', '.join(f'{how} {each}' for how, each in zip(graphs, seen))}\nsaid: {', '.join(said)}")
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(channels to pixels: \|repeated pixels: \|said: \)/\1/p' "$0" | cmp - "$folder/seen"
