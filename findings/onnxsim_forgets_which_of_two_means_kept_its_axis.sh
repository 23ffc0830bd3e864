#!/bin/sh
# A global mean in two steps, over the columns and then over the rows, simplified by onnxsim.
# GUESS, written down before: the simplified file gives what the file gave.
# FOUND (onnxsim 0.8.1 beside onnxruntime 1.32.0): they become one, and it has the `keepdims` of the second for both. Where
# one keeps its axis as a single place and the other drops it, the result has an axis less or one more than before, while
# the file's declared output stays as it was. Sums and maxima alike. onnxsim reports success; only when asked to compare
# results (check_n=1), which it does not do by itself, does it say that they differ. Where both keep or both drop, all is
# right.
# Output seen, 2026-11-29 (a map of 1x2x2x3; kept, then dropped; dropped, then kept; both kept; both dropped):
# file       [(1, 2, 1), (1, 2, 1), (1, 2, 1, 1), (1, 2)]
# simplified [(1, 2), (1, 2, 1, 1), (1, 2, 1, 1), (1, 2)]
# reported [True, True, True, True], compared [False, False, True, True]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 onnxsim==0.8.1 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import onnxruntime
import onnxsim
from onnx import TensorProto, helper

x = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)


def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def both(kept_first, kept_then, operator="ReduceMean"):
    """The results of a file and of the simplified one, and whether onnxsim calls them alike, unasked and asked."""
    nodes = [
        helper.make_node(operator, ["x"], ["m"], axes=[3], keepdims=kept_first),
        helper.make_node(operator, ["m"], ["y"], axes=[2], keepdims=kept_then),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 2) + (1,) * (kept_first + kept_then))
    graph = helper.make_graph(nodes, "two means", [given], [made])
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    simplified, reported = onnxsim.simplify(file)
    _, compared = onnxsim.simplify(file, check_n=1)
    assert [node.op_type for node in simplified.graph.node] == [operator]
    assert np.allclose(run(file).ravel(), run(simplified).ravel())
    return run(file).shape, run(simplified).shape, reported, compared


before, after, reported, compared = zip(*(both(*kept) for kept in ((1, 0), (0, 1), (1, 1), (0, 0))))
print("file", list(before), "simplified", list(after), "reported", list(reported), "compared", list(compared))
seen = before == ((1, 2, 1), (1, 2, 1), (1, 2, 1, 1), (1, 2)) and after == ((1, 2), (1, 2, 1, 1), (1, 2, 1, 1), (1, 2))
seen = seen and all(reported) and compared == (False, False, True, True)
others = [both(1, 0, operator)[1] for operator in ("ReduceSum", "ReduceMax")]
sys.exit(not (seen and others == [(1, 2)] * 2))
PY
"$folder/venv/bin/python" "$folder/ask.py" > "$folder/output" 2> "$folder/said" ||
  { cat "$folder/output"; tail -3 "$folder/said"; exit 1; }
grep "^file" "$folder/output"
