"""The rules of counting and of reach: what one knows of torch's operators and the other does not, and why."""

import pytest
import torch

from cnnlab import counting, reach
from cnnlab.trace import Rules

ATEN = torch.ops.aten

# What counting knows and reach does not, backward passes left out: a field belongs to the way forward.
COUNTED_ONLY = {
    "makes numbers from nothing, so no image is seen in them": """
        arange cauchy cauchy_ exponential exponential_ eye full geometric geometric_ linspace log_normal
        log_normal_ bartlett_window blackman_window hamming_window hann_window ones rand randint
        randn random random_ randperm scalar_tensor tril_indices triu_indices zeros
    """,
    "its values say which units are read or written, and a meta tensor has none": """
        _embedding_bag _embedding_bag_forward_only masked_scatter masked_scatter_
        masked_select fractional_max_pool2d fractional_max_pool3d multinomial
        one_hot searchsorted histc take repeat_interleave
        nms roi_align ps_roi_align roi_pool ps_roi_pool _unique2 unique_dim unique_consecutive bincount
        _pack_padded_sequence segment_reduce
    """,
    "torch calls it pointwise, so reach takes it as such": """
        bitwise_and bitwise_and_ bitwise_or bitwise_or_ bitwise_xor bitwise_xor_ celu celu_ selu selu_
    """,
    "nobody has needed it yet; the error says how to add it": """
        _grouped_mm _int_mm _pdist_forward _scaled_grouped_mm _scaled_mm
        _efficientzerotensor _trilinear _weight_norm_interface addbmm addbmm_ bernoulli block_diag
        conv_tbc dist dot linalg_cross nll_loss_forward
        nll_loss2d_forward renorm renorm_
        resize_as resize_as_ rrelu_with_noise rrelu_with_noise_ vdot
    """,
}


def is_view(packet):
    overloads = (getattr(packet, name)._schema for name in packet.overloads())
    returned = (one.alias_info for schema in overloads for one in schema.returns)
    return any(alias is not None and not alias.is_write for alias in returned)


def names(packets):
    return {str(packet).rpartition(".")[2] for packet in packets}


def test_operators_that_only_counting_knows_are_listed_with_a_reason():
    found = {name for name in names(set(counting.RULES) - set(reach.RULES)) if "backward" not in name}
    listed = " ".join(COUNTED_ONLY.values()).split()
    assert sorted(found) == sorted(listed)


def test_whatever_reach_knows_is_counted_or_free():
    only = set(reach.RULES) - set(counting.RULES)
    assert names(packet for packet in only if not is_view(packet)) <= counting.FREE


def test_a_table_refuses_a_second_rule_and_takes_an_assignment():
    rules = Rules("here.RULES", "an example")
    rules.register("relu tanh")("the first")
    assert rules[ATEN.relu_] == "the first"
    with pytest.raises(ValueError, match=r"aten\.tanh has a rule in here\.RULES already: the first"):
        rules.register("tanh")("the second")
    rules[ATEN.tanh] = "on purpose"
    assert rules[ATEN.tanh] == "on purpose"


def test_names_that_torch_does_not_have_are_left_out():
    rules = Rules("here.RULES", "an example")
    rules.register("relu no_such_operator")("a rule")
    assert names(rules) == {"relu", "relu_"}
