"""Two rates from networks whose times are known, and each network's error without itself."""

import numpy as np
import pytest
from torch import nn

from cnnlab.models import VARIANTS
from cnnlab.profiler import profile
from cnnlab.roofline import NETWORKS, Roofline, Timed, fit, measured

RANDOM = np.random.default_rng(0)
WORK = [RANDOM.integers(1, 10**7, (12, 2)).astype(float) for _ in range(8)]
SPEED, BANDWIDTH = 2e9, 5e8


def timed(work, slower=1.0):
    macs, moved = work.T
    return Timed(work, slower * np.maximum(macs / SPEED, moved / BANDWIDTH).sum())


def test_the_rates_of_a_machine_that_keeps_to_the_roof_are_found():
    roof = fit([timed(work) for work in WORK])
    assert roof.macs == pytest.approx(SPEED, rel=0.05)
    assert roof.moved_bytes == pytest.approx(BANDWIDTH, rel=0.05)
    assert 1 <= roof.typical < 1.01
    assert roof.worst < 1.02


def test_a_network_that_is_slower_does_not_hide_its_error_in_the_fit():
    roof = fit([timed(work, 3.0 if k == 2 else 1.0) for k, work in enumerate(WORK)])
    assert roof.worst == pytest.approx(3, rel=0.05)
    assert np.argmax(roof.factors) == 2
    assert roof.typical < 1.3


def test_the_longer_of_two_times_counts_operator_by_operator():
    found = profile(nn.Sequential(nn.Conv2d(3, 8, 1, bias=False), nn.ReLU()), (1, 3, 10, 10))
    convolution, relu = 4 * (300 + 24 + 800), 4 * (800 + 800)
    assert Roofline(1000.0, 1e9).seconds(found) == pytest.approx(2400 / 1000 + relu / 1e9)
    assert Roofline(1e9, 1000.0).seconds(found) == pytest.approx((convolution + relu) / 1000)


def test_networks_are_measured_and_too_few_are_refused():
    few = measured(["lenet5_modern", "resnet20"], runs=2)
    assert all(0 < one.seconds < 60 for one in few)
    assert few[1].work[:, 0].sum() == VARIANTS["resnet20"].cost.macs
    with pytest.raises(ValueError, match="need at least 3 networks; got 2"):
        fit(few)


def test_the_twenty_are_in_the_book():
    assert len(set(NETWORKS)) == 20
    assert set(NETWORKS) <= set(VARIANTS)
