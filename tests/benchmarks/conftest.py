"""Benchmarks run under `make bench` alone. Tables at its end put side by side what was timed in turns."""

import os
from collections import defaultdict
from pathlib import Path
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
    layers = {group: notes[group, "conv2d"] for group, contender in medians if contender == "GEMM"}
    others = [group for group, contender in medians if contender == "torch" and group not in layers]
    rungs = {key: note for key, note in notes.items() if "multiplications" in note}
    tables = layer_table(layers, medians), other_table(others, medians), ladder_table(rungs, medians)
    for line in (line for table in tables for line in table):
        terminalreporter.write_line(line)


def machine():
    """The processor, and the instructions that each library takes: a setting may hold one of them back."""
    import torch
    from threadpoolctl import threadpool_info

    names = [line.split(": ")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if "name" in line]
    blas = [found["architecture"] for found in threadpool_info() if found["user_api"] == "blas"]
    held = [f"{name}={os.environ[name]}" for name in HOLDING if name in os.environ]
    yield f"\n{names[0]}; OpenBLAS: {', '.join(blas)}; torch: {torch.backends.cpu.get_cpu_capability()}"
    yield f"held back by {', '.join(held)}" if held else "each takes the instructions that it chooses itself"


HOLDING = "OPENBLAS_CORETYPE", "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY"


def layer_table(layers, medians):
    """How conv2d stands against torch and a bare matrix product: milliseconds, ratios, extra memory."""
    if not layers:
        return
    yield from machine()
    ratios = f"{'of torch':>10}{'of GEMM':>9}{'extra KiB':>11}"
    yield f"\n{'one thread, ms':36}{'conv2d':>11}{'torch':>8}{'GEMM':>8}{ratios}"
    against_torch, against_gemm = [], []
    for layer in layers:
        ours, torch, gemm = (medians[layer, contender] for contender in ("conv2d", "torch", "GEMM"))
        against_torch.append(ours / torch)
        against_gemm.append(gemm / ours)
        times = f"{layer:36}{ours:11.2f}{torch:8.2f}{gemm:8.2f}{ours / torch:9.2f}×{gemm / ours:9.0%}"
        yield f"{times}{layers[layer]['extra_bytes'] / 1024:11.0f}"
    means = f"{geometric_mean(against_torch):9.2f}×{geometric_mean(against_gemm):9.0%}"
    yield f"{'geometric mean (goal: ≤ 1.00×)':63}{means}"


def other_table(layers, medians):
    """Groups and batches, against torch."""
    if layers:
        yield f"\n{'one thread, ms':36}{'conv2d':>11}{'torch':>8}{'of torch':>10}"
    for layer in dict.fromkeys(layers):
        ours, torch = (medians[layer, contender] for contender in ("conv2d", "torch"))
        yield f"{layer:36}{ours:11.2f}{torch:8.2f}{ours / torch:9.2f}×"


def ladder_table(rungs, medians):
    """Every rung on one layer: time, peak memory beside arguments and result, multiplications."""
    if rungs:
        yield f"\n{'rung':36}{'ms':>10}{'of conv2d':>12}{'extra KiB':>11}{'multiplications':>17}"
    for (group, rung), note in rungs.items():
        time, extra = medians[group, rung], note["extra_bytes"] / 1024
        ratio = time / medians[group, "conv2d"]
        yield f"{rung:36}{time:10.2f}{ratio:11.1f}×{extra:11.0f}{note['multiplications']:17,}"
