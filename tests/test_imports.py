"""Imports flow one way: a module may import only what stands before it in design order."""

import ast
from pathlib import Path

import pytest

import cnnlab

ORDER = (
    "deprecated arguments cost conv layers gradients shapes trace counting operators kernels reach "
    "receptive_field reported profiler budget report onnx_graph elsewhere blocks models roofline published "
    "catalog download weights data training compression probes figures exercises grading __main__ __init__"
).split()


def imported_modules(source: str) -> set[str]:
    """First-level cnnlab modules that a source imports, in any of Python's spellings."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "cnnlab" + ("." + node.module if node.module else "") if node.level else node.module or ""
            names = [base] + [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = getattr(node.func, "attr", getattr(node.func, "id", ""))
            names = [str(node.args[0].value)] if function in ("import_module", "__import__") else []
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("cnnlab.")}
    return found & set(ORDER)


def violations(importer: str, source: str) -> set[str]:
    return {module for module in imported_modules(source) if ORDER.index(module) > ORDER.index(importer)}


def test_imports_flow_one_way():
    root = Path(cnnlab.__file__).parent
    for path in root.rglob("*.py"):
        importer = path.relative_to(root).with_suffix("").parts[0]
        assert not violations(importer, path.read_text()), path


@pytest.mark.parametrize(
    "fault",
    [
        "import cnnlab.figures",
        "from cnnlab import figures",
        "from cnnlab.figures import plot",
        "from .figures import plot",
        'import_module("cnnlab.figures")',
        'importlib.import_module("cnnlab.figures.style")',
    ],
)
def test_a_planted_fault_is_seen(fault):
    assert violations("conv", fault) == {"figures"}
