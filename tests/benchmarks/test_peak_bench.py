"""The peak that `profile` predicts and the one that torch reaches, at batch 2 and 224 pixels."""

import pytest
import torch

from cnnlab.models import VARIANTS
from cnnlab.profiler import measure_peak_memory, profile


@pytest.mark.parametrize(("training", "goal"), [(False, 0.03), (True, 0.05)])
@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "vgg16", "densenet121"])
def test_peak_against_the_allocator(benchmark, name, training, goal):
    """In channels_last; the images belong to both."""
    torch.set_num_threads(1)
    model = VARIANTS[name].build().train(training).to(memory_format=torch.channels_last)
    images = torch.zeros(2, 3, 224, 224).to(memory_format=torch.channels_last)

    def run():
        with torch.set_grad_enabled(training):
            scores = model(images)
            return scores.sum().backward() if training else scores

    predicted = profile(model, images, training=training).peak_activation_bytes
    measured = benchmark.pedantic(measure_peak_memory, args=(run,), rounds=1) + images.nbytes
    benchmark.extra_info.update(predicted=predicted, measured=measured)
    mib, percent = predicted / 2**20, 100 * (predicted / measured - 1)
    print(f"\n\n{name}: {mib:.2f} MiB predicted, {measured / 2**20:.2f} measured ({percent:+.2f} %)")
    assert predicted == pytest.approx(measured, rel=goal)
