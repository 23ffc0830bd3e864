"""The rules of counting and of reach: what one knows of torch's operators and the other does not, and why."""

import pytest
import torch

from cnnlab import counting, reach
from cnnlab.trace import Rules

ATEN = torch.ops.aten

# What counting knows and reach does not, backward passes left out: a field belongs to the way forward.
COUNTED_ONLY = {
    "makes numbers from nothing, so no image is seen in them": """
        arange bernoulli_ eye fill fill_ full linspace normal_ ones rand randn scalar_tensor uniform_ zero_
        zeros
    """,
    "its values say which units are read, and a meta tensor has none": """
        argmax argmin embedding gather index index_add index_add_ index_select one_hot scatter_add
        scatter_add_ sort topk
    """,
    "nobody has needed it yet; the error says how to add it": """
        _fused_rms_norm _upsample_nearest_exact2d bernoulli col2im copy_ cumsum cumsum_ dot glu im2col norm
        rrelu_with_noise rrelu_with_noise_ std_mean tril tril_ triu triu_ upsample_bicubic2d var_mean
    """,
}


def is_view(packet):
    overloads = (getattr(packet, name)._schema for name in packet.overloads())
    returned = (one.alias_info for schema in overloads for one in schema.returns)
    return any(alias is not None and not alias.is_write for alias in returned)


def names(packets):
    return {packet.__name__ for packet in packets}


def test_operators_that_only_counting_knows_are_listed_with_a_reason():
    found = {name for name in names(set(counting.RULES) - set(reach.RULES)) if "backward" not in name}
    listed = " ".join(COUNTED_ONLY.values()).split()
    assert sorted(found) == sorted(listed)


def test_whatever_reach_knows_is_counted_or_free():
    only = set(reach.RULES) - set(counting.RULES)
    assert names(packet for packet in only if not is_view(packet)) <= counting.FREE


def test_a_table_refuses_a_second_rule_and_takes_an_assignment():
    rules = Rules("here.RULES")
    rules.register("relu tanh")("the first")
    assert rules[ATEN.relu_] == "the first"
    with pytest.raises(ValueError, match=r"aten\.tanh has a rule in here\.RULES already: the first"):
        rules.register("tanh")("the second")
    rules[ATEN.tanh] = "on purpose"
    assert rules[ATEN.tanh] == "on purpose"


def test_names_that_torch_does_not_have_are_left_out():
    rules = Rules("here.RULES")
    rules.register("relu no_such_operator")("a rule")
    assert names(rules) == {"relu", "relu_"}
