"""Every operator is seen with its module's path, nothing is allocated, and the model stays as it was."""

import sys
import threading

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from cnnlab.profiler import profile
from cnnlab.receptive_field import receptive_field
from cnnlab.trace import (
    Event,
    Rules,
    UnknownOperatorError,
    inputs_on_cpu,
    inputs_on_meta,
    on_meta,
    parts,
    trace,
)

ATEN = torch.ops.aten


def seen(model, inputs=(1, 3, 8, 8), backward=False):
    """(path, name) of every operator that is no bookkeeping of autograd's."""
    events = []
    network = on_meta(model).train(backward)
    trace(
        network,
        inputs_on_meta(inputs),
        lambda e: events.append((e.path, e.operator.overloadpacket.__name__, e.is_backward)),
        backward=backward,
    )
    return [event for event in events if event[1] not in {"t", "detach", "view", "expand", "ones_like"}]


class Net(nn.Module):
    """A functional call, a branch on a shape, a module used twice, tensors where nn.Module does not look."""

    def __init__(self, channels=8):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.ReLU(inplace=True))
        self.twice = nn.Conv2d(channels, channels, 1, bias=False)
        self.alias = self.twice
        self.scale, self.listed = torch.ones(channels, 1, 1), [torch.zeros(channels, 1, 1)]
        self.method = self.head

    def head(self, x):
        return F.conv2d(x, self.twice.weight)

    def forward(self, x):
        x = self.twice(self.twice(self.stem(x)))
        if x.shape[-1] > 4:
            x = F.max_pool2d(x, 2)
        return self.method(x * self.scale + self.listed[0] + torch.zeros(1))


def test_events_carry_paths_in_the_order_of_execution():
    assert [event[:2] for event in seen(Net())] == [
        ("stem.0", "convolution"),
        ("stem.1", "relu_"),
        ("twice", "convolution"),
        ("twice", "convolution"),
        ("", "max_pool2d_with_indices"),
        ("", "mul"),
        ("", "add"),
        ("", "zeros"),
        ("", "add"),
        ("", "convolution"),
    ]


def test_a_branch_on_a_shape_is_taken():
    assert "max_pool2d_with_indices" not in [name for _, name, _ in seen(Net(), (1, 3, 4, 4))]


def test_tensors_keep_their_identity_from_input_to_output():
    chain, images = [], inputs_on_meta((1, 3, 8, 8))

    def follow(event):
        if event.path.startswith("stem"):
            chain.append((event.args[0], event.outputs))

    network = on_meta(nn.ModuleDict({"stem": Net().stem})["stem"])
    output = trace(nn.Sequential(), images, follow)
    assert output is images[0]
    trace(nn.Sequential(), images, follow, on_module=lambda path, out: chain.append((path, out)))
    assert chain == [("", images[0])]
    chain.clear()
    output = trace(network, images, lambda e: chain.append((e.args[0], e.outputs)))
    (first, after_conv), (before_relu, after_relu) = chain
    assert first is images[0]
    assert after_conv is before_relu is after_relu is output  # the activation works in place


def test_modules_report_their_outputs():
    shapes = []
    trace(
        on_meta(Net()), inputs_on_meta((2, 3, 8, 8)), id, lambda path, out: shapes.append((path, *out.shape))
    )
    assert shapes[-1] == ("", 2, 8, 4, 4)
    assert [path for path, *_ in shapes] == ["stem.0", "stem.1", "stem", "twice", "twice", ""]


def test_an_event_knows_its_arguments_by_name():
    events = []
    trace(on_meta(nn.Conv2d(3, 8, 3, stride=2)), inputs_on_meta((1, 3, 9, 9)), events.append)
    (event,) = events
    assert event.arguments["stride"] == [2, 2]
    assert event.arguments["transposed"] is False
    assert [tuple(t.shape) for t in event.tensors_in] == [(1, 3, 9, 9), (8, 3, 3, 3), (8,)]
    assert [tuple(t.shape) for t in event.tensors_out] == [(1, 8, 4, 4)]
    assert not event.is_view
    assert Event("", ATEN.t.default, (torch.ones(1, 1),), {}, None).is_view
    assert not Event("", ATEN.relu_.default, (torch.ones(1),), {}, None).is_view
    assert Event("", ATEN.softmax.int, (torch.ones(1), 0), {}, None).arguments["dtype"] is None


def test_shared_modules_and_weights_stay_shared_in_the_copy():
    model = Net()
    tied = nn.Linear(4, 4)
    model.tied = nn.ModuleList([tied, nn.Linear(4, 4)])
    model.tied[1].weight = tied.weight
    network = on_meta(model)
    assert network.alias is network.twice
    assert network.tied[0].weight is network.tied[1].weight
    assert network.method.__self__ is network
    assert sum(p.numel() for p in network.parameters()) == sum(p.numel() for p in model.parameters())
    assert {t.device.type for t in [*network.parameters(), network.scale, *network.listed]} == {"meta"}


def test_a_hook_that_keeps_what_it_sees_keeps_it_in_the_copy():
    class Keeping(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.seen = nn.Conv2d(3, 4, 3), {}
            self.conv.register_forward_hook(self.keep("conv"))

        def keep(self, name):
            def hook(_, __, output):
                self.seen[name] = output

            return hook

        def forward(self, x):
            self.conv(x)
            return self.seen

    model = Keeping()
    assert profile(model, (1, 3, 8, 8)).outputs == {"conv": (1, 4, 6, 6)}
    assert model.seen == {}
    assert model(torch.zeros(1, 3, 8, 8))["conv"].device.type == "cpu"


def test_dtype_reaches_floats_only():
    model = nn.BatchNorm2d(3)
    network = on_meta(model, torch.float16)
    assert network.weight.dtype == network.running_mean.dtype == torch.float16
    assert network.num_batches_tracked.dtype == torch.int64
    assert model.weight.dtype == torch.float32


def state(model):
    return {
        "keys": [(key, tensor.data_ptr(), tensor.device) for key, tensor in model.state_dict().items()],
        "grads": [(p.grad is None, p.requires_grad) for p in model.parameters()],
        "modules": [
            (
                path,
                id(m),
                m.training,
                len(m._forward_hooks),
                len(m._forward_pre_hooks),
                len(m._backward_hooks),
            )
            for path, m in model.named_modules()
        ],
        "attributes": {key: id(value) for key, value in vars(model).items()},
        "global": (
            len(nn.modules.module._global_forward_hooks),
            len(nn.modules.module._global_forward_pre_hooks),
            torch.get_default_device(),
            torch.is_grad_enabled(),
        ),
    }


@pytest.mark.parametrize("mode", [True, False])
def test_the_model_is_left_as_it_was_after_success_and_failure(mode):
    model = Net().train(mode)
    model.stem.register_forward_hook(lambda module, inputs, output: output)
    model.twice.weight.requires_grad_(False)
    model.twice.eval()
    before = state(model)
    seen(model, backward=True)
    assert state(model) == before
    with pytest.raises(RuntimeError, match="channel"):
        seen(model, (1, 5, 8, 8))
    assert state(model) == before


def test_hooks_of_the_trace_do_not_outlive_it():
    network = on_meta(Net())
    before = state(network)

    def fail(event):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        trace(network, inputs_on_meta((1, 3, 8, 8)), fail)
    assert state(network)["modules"] == before["modules"]
    assert state(network)["global"] == before["global"]


def test_nothing_is_allocated():
    terabyte = 2**20  # [2²⁰, 2¹⁸, 1, 1] in float32
    network = on_meta(lambda: nn.Conv2d(2**18, terabyte, 1, bias=False))
    output = trace(network, inputs_on_meta((1, 2**18, 10**4, 10**4)), id)
    assert output.shape == (1, terabyte, 10**4, 10**4)
    assert on_meta(network).weight.is_meta


def test_two_threads_at_once_see_each_its_own():
    model, results, barrier = Net(), {}, threading.Barrier(2)

    def work(name, size):
        barrier.wait()
        results[name] = [seen(model, (1, 3, size, size)) for _ in range(20)]

    threads = [threading.Thread(target=work, args=args) for args in (("large", 8), ("small", 4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results["large"] == [seen(model)] * 20
    assert results["small"] == [seen(model, (1, 3, 4, 4))] * 20


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, gradient):
        return 2 * gradient * ctx.saved_tensors[0]


class Custom(nn.Module):
    def forward(self, x):
        return Square.apply(x)


def test_backward_operators_have_the_path_of_their_forward():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), Custom(), nn.AdaptiveAvgPool2d(1))
    assert seen(model, backward=True) == [
        ("0", "convolution", False),
        ("1", "relu", False),
        ("2", "mul", False),
        ("3", "mean", False),
        ("3", "div", True),
        ("2", "mul", True),
        ("2", "mul", True),
        ("1", "threshold_backward", True),
        ("0", "convolution_backward", True),
    ]


def test_an_activation_in_place_saves_a_copy_and_keeps_its_path():
    """Its node is numbered before that of the copy."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU6(inplace=True))
    torch.zeros(1, requires_grad=True).exp()  # numbers do not start at 0
    assert ("1", "hardtanh_backward", True) in seen(model, backward=True)


def test_frozen_layers_are_not_differentiated():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3))
    model[0].requires_grad_(False)
    backward = [event for event in seen(model, backward=True) if event[2]]
    assert backward == [("1", "convolution_backward", True)]


def test_a_checkpointed_block_runs_again_under_its_own_path():
    class Checkpointed(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.Sequential(nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3))

        def forward(self, x):
            return checkpoint(self.block, x, use_reentrant=False)

    assert seen(Checkpointed(), backward=True) == [
        ("block.0", "convolution", False),
        ("block.1", "convolution", False),
        ("block.0", "convolution", True),  # the second is not needed again: its input is what was asked for
        ("block.1", "convolution_backward", True),
        ("block.0", "convolution_backward", True),
    ]


def test_inputs_by_shape_and_by_example():
    one = inputs_on_meta((2, 3, 4, 5), torch.float64)
    assert [(t.shape, t.dtype, t.is_meta) for t in one] == [((2, 3, 4, 5), torch.float64, True)]
    example = torch.ones(1, 3, 4, 4).to(memory_format=torch.channels_last)
    image, size, ids = inputs_on_meta([example, torch.Size([7]), torch.arange(3)])
    assert image.is_contiguous(memory_format=torch.channels_last)
    assert (size.shape, ids.dtype) == ((7,), torch.int64)


def test_a_list_or_a_dictionary_in_the_list_is_one_argument():
    images, named = inputs_on_meta([[(3, 4, 5), (3, 6, 7)], {"image": (1, 2), "ids": torch.arange(3)}])
    assert [tuple(image.shape) for image in images] == [(3, 4, 5), (3, 6, 7)]
    assert (tuple(named["image"].shape), named["ids"].dtype) == ((1, 2), torch.int64)
    (single,) = inputs_on_meta({"image": (1, 2)})
    assert single["image"].is_meta


def test_an_array_is_a_size_or_an_example():
    (size,) = inputs_on_meta(np.array([1, 3, 4, 5]))
    image, names = inputs_on_meta([np.zeros((1, 3, 2, 2)), {"image": np.array([2, 3])}])
    assert [(*one.shape,) for one in (size, image, names["image"])] == [(1, 3, 4, 5), (1, 3, 2, 2), (2, 3)]


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3)

    def forward(self, mask=None, *, image, times=1):
        return self.layer(image if mask is None else image * mask) * times


@pytest.mark.parametrize("more", [{}, {"times": 2}, {"mask": None, "times": 0.5}, {"mask": (1, 3, 8, 8)}])
def test_a_dictionary_of_what_forward_takes_gives_it_by_name(more):
    """A row for each operator: the layer, and what the mask and the number do."""
    found = profile(Named(), {"image": (1, 3, 8, 8), **more})
    operators = ["mul"] * isinstance(more.get("mask"), tuple) + ["convolution", "mul"]
    assert [row.operator for row in found.rows] == operators
    assert found.macs == 36 * 4 * 27


@pytest.mark.skipif(sys.version_info < (3, 14), reason="a `def` computes its annotations before Python 3.14")
def test_annotations_need_not_mean_anything():
    """What is imported for type checkers alone is not there when the network runs."""

    class Annotated(Named):
        def forward(self, image: OnlyForTypes) -> OnlyForTypes:  # noqa: F821
            return self.layer(image)

    assert profile(Annotated(), {"image": (1, 3, 8, 8)}).macs == 36 * 4 * 27


def test_a_dictionary_gives_names_alone_and_no_list_of_arguments():
    class ByName(nn.Module):
        def forward(self, **batch):
            return batch["image"] * 2

    class InARow(nn.Module):
        def forward(self, *batch):
            return batch[0]["batch"] * 2

    assert profile(ByName(), {"image": (1, 3, 8, 8)}).rows[0].elementwise == 192
    assert profile(InARow(), {"batch": (1, 3, 8, 8)}).rows[0].elementwise == 192


def test_a_dictionary_of_other_names_is_one_argument():
    class Looks(nn.Module):
        def forward(self, batch):
            return batch["image"] * batch["times"]

    assert profile(Looks(), {"image": (1, 3, 8, 8), "times": 3}).rows[0].elementwise == 192
    with pytest.raises(KeyError, match="image"):
        profile(Looks(), {"batch": (1, 3, 8, 8), "more": None})


def test_numbers_and_none_among_the_inputs_are_what_they_are():
    assert inputs_on_meta([(1, 2), None, True, 0.5, 3])[1:] == [None, True, 0.5, 3]


def test_what_has_no_copy_is_shared_and_a_lazy_layer_is_built_where_its_builder_is_given():
    held = nn.Sequential(nn.Conv2d(3, 4, 3))
    held.lock, held.library = threading.Lock(), torch
    assert on_meta(held).lock is held.lock
    for tool in (profile, receptive_field):
        with pytest.raises(TypeError, match="a lazy layer has no weights before its first input"):
            tool(nn.LazyConv2d(4, 3), (1, 3, 8, 8))
    found = profile(lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d()), (1, 3, 8, 8))
    assert (found.params, found.macs) == (4 * 27 + 4 + 8, 36 * 4 * 27)


def test_inputs_with_values_are_those_of_the_example_or_the_same_at_every_call():
    example = torch.arange(4.0)
    one, ids, made = inputs_on_cpu([example, torch.arange(3), (2, 5)], torch.float16)
    assert (one.tolist(), one.dtype, ids.tolist()) == ([0, 1, 2, 3], torch.float16, [0, 1, 2])
    assert (made == inputs_on_cpu([(2, 5)], torch.float16)[0]).all()
    assert 0 <= made.min() < made.max() <= 1


@pytest.mark.parametrize("wrong", [8, "8", ["8"], {1, 2}, None, [None]])
def test_what_is_no_input_is_refused_with_a_sentence(wrong):
    with pytest.raises(TypeError, match=r"an input is a shape such as \(1, 3, 224, 224\)"):
        inputs_on_meta(wrong)


def test_what_is_no_model_or_input_is_named_in_a_line():
    for wrong in (nn.Linear(99, 99).state_dict(), [nn.Linear(9, 9)] * 9):
        with pytest.raises(TypeError, match=r"a model is an nn\.Module or a function") as error:
            profile(wrong)
        assert len(str(error.value)) < 300
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", [torch.int8, "float16"])
def test_a_type_without_fractions_is_refused(wrong):
    with pytest.raises(TypeError, match=r"dtype is one of floating-point numbers, such as torch\.bfloat16"):
        profile(nn.Linear(4, 4), (1, 4), wrong)


@pytest.mark.parametrize("wrong", [(), [], (1, 0), (1, -3), (2**31, 2**31)])
def test_a_size_beyond_reason_is_refused_with_its_numbers(wrong):
    with pytest.raises(ValueError, match="a shape has numbers from 1 on"):
        inputs_on_meta(wrong)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (torch.zeros(1), {""}),
        ([torch.zeros(1), (torch.zeros(1), 3)], {"0", "1.0"}),
        ({"out": torch.zeros(1), "rest": [torch.zeros(1)]}, {"out", "rest.0"}),
        (Event("", None, (), {}, torch.zeros(1)), {"outputs"}),
        (torch.zeros(2, 2).max(0), {"0", "1"}),
        (7, set()),
        ("out", set()),
    ],
)
def test_the_parts_of_an_output_by_name(output, names):
    assert set(parts(output)) == names


@pytest.mark.parametrize(
    ("model", "message"),
    [("vgg16", "got 'vgg16'"), (lambda: 7, "the builder returned int, not an nn.Module")],
)
def test_what_is_no_model_is_refused(model, message):
    with pytest.raises(TypeError, match=message):
        on_meta(model)


def test_a_models_own_errors_come_out_as_they_are():
    class Reads(nn.Module):
        def forward(self, x):
            return x if x.max() > 0 else -x

    with pytest.raises(RuntimeError, match="meta tensors"):
        seen(Reads())


def test_an_operator_without_a_rule_is_named_with_its_place_and_the_remedy():
    rules = Rules("cnnlab.profiler.RULES", "an example")
    rules.register("convolution")("convolution's rule")
    event = Event("stages.3", ATEN.convolution.default, (), {}, None)
    assert rules.rule(event) == "convolution's rule"
    with pytest.raises(UnknownOperatorError) as error:
        rules.rule(event._replace(operator=ATEN.cumsum.default))
    assert "aten.cumsum.default in module 'stages.3' has no rule" in str(error.value)
    assert "cnnlab.profiler.RULES[torch.ops.aten.cumsum] = an example" in str(error.value)
    with pytest.raises(UnknownOperatorError, match="in the network's own forward"):
        rules.rule(event._replace(operator=ATEN.cumsum.default, path=""))
    rules[ATEN.cumsum] = "new"
    assert rules.rule(event._replace(operator=ATEN.cumsum.out)) == "new"


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("backward", [False, True])
def test_it_does_not_matter_in_which_mode_it_is_called(mode, backward):
    def operators():
        network, seen = on_meta(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())), []
        trace(
            network,
            inputs_on_meta((1, 3, 8, 8)),
            lambda event: seen.append(event.operator),
            backward=backward,
        )
        return seen

    with mode():
        inside = operators()
    assert inside == operators()
