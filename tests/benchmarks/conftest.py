"""Benchmarks run under `make bench` alone. Two tables at its end put side by side what was timed in turns."""

from collections import defaultdict
from statistics import geometric_mean, median

import pytest


def pytest_ignore_collect(config):
    return None if config.getoption("benchmark_only", False) else True


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    times, notes = defaultdict(list), {}
    for run in config._benchmarksession.benchmarks if config.getoption("benchmark_only", False) else ():
        if "contender" not in (run.params or {}):
            continue  # it says itself what it found
        key = run.group, run.params["contender"]
        times[key] += run.stats.data  # of every turn
        notes[key] = run.extra_info
    medians = {key: 1000 * median(seconds) for key, seconds in times.items()}
    layers = {group: None for group, contender in medians if contender == "torch"}
    rungs = {key: note for key, note in notes.items() if "multiplications" in note}
    for line in (*layer_table(layers, medians), *ladder_table(rungs, medians)):
        terminalreporter.write_line(line)


def layer_table(layers, medians):
    """How conv2d stands against torch and against a bare matrix product: milliseconds and ratios."""
    if not layers:
        return
    yield f"\n{'one thread, ms':36}{'conv2d':>11}{'torch':>8}{'GEMM':>8}{'of torch':>10}{'of GEMM':>9}"
    against_torch, against_gemm = [], []
    for layer in layers:
        ours, torch, gemm = (medians[layer, contender] for contender in ("conv2d", "torch", "GEMM"))
        against_torch.append(ours / torch)
        against_gemm.append(gemm / ours)
        yield f"{layer:36}{ours:11.2f}{torch:8.2f}{gemm:8.2f}{ours / torch:9.2f}×{gemm / ours:9.0%}"
    means = f"{geometric_mean(against_torch):9.2f}×{geometric_mean(against_gemm):9.0%}"
    yield f"{'geometric mean (goal: ≤ 1.30×, ≥ 80 %)':63}{means}"


def ladder_table(rungs, medians):
    """Every rung on one layer: time, peak memory beside arguments and result, multiplications."""
    if rungs:
        yield f"\n{'rung':36}{'ms':>10}{'of conv2d':>12}{'extra KiB':>11}{'multiplications':>17}"
    for (group, rung), note in rungs.items():
        time, extra = medians[group, rung], note["extra_bytes"] / 1024
        ratio = time / medians[group, "conv2d"]
        yield f"{rung:36}{time:10.2f}{ratio:11.1f}×{extra:11.0f}{note['multiplications']:17,}"
