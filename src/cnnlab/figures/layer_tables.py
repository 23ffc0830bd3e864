"""A network's layers as rows that a page can show: what each is, gives, costs and sees."""

from __future__ import annotations

from typing import Any

from cnnlab.figures.networks import WORDS, describe, is_major


def layer_table(name: str) -> dict[str, Any]:
    """One of the book's networks: its parameters, its image, and a list for each layer.

    A layer is [path, what it does, shape of its result, parameters, MACs, pixels that a unit sees, or ""],
    for one image. A normalization or nonlinearity is part of the layer before it, unless it has parameters
    and stands in another block. KeyError for another name.
    """
    from cnnlab.models import VARIANTS  # torch: most figures do without
    from cnnlab.profiler import profile

    variant = VARIANTS[name]
    found = profile(variant.build, (1, *variant.input_shape))
    layers: list[list[Any]] = []
    for row in found.rows:
        if is_major(row):
            layers.append([row.path, describe(found.network, row), *given(row)])
        elif layers and (row.params or row.kind in ("norm", "activation")):
            if row.params and block_of(row.path) != block_of(layers[-1][0]):
                layers.append([row.path, word(row), *given(row)])
            else:
                join(layers[-1], row)
    return {"params": found.params, "image": cross(variant.input_shape), "layers": layers}


def block_of(path: str) -> str:
    return path.rpartition(".")[0]


def cross(shape: Any) -> str:
    return "×".join(map(str, shape))


def given(row: Any) -> tuple[str, int, int, int | str]:
    field = row.receptive_field
    seen = cross(field) if isinstance(field, tuple) else "" if field is None else round(field)
    return cross(row.output_shape[1:]), row.params, row.macs, seen


def word(row: Any) -> str:
    return WORDS.get(row.module) or WORDS.get(row.operator) or row.module or row.operator.rstrip("_")


def join(layer: list[Any], row: Any) -> None:
    """Add to a layer what follows it, said once."""
    if row.kind in ("norm", "activation") and word(row) not in layer[1]:
        layer[1] = f"{layer[1]}, {word(row)}"
    layer[3] += row.params
