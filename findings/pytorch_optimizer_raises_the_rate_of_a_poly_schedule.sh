#!/bin/sh
# The "poly" schedule, by which DeepLab and many segmentation networks after it were trained, lets the learning rate fall from its
# highest value to its lowest with a power of the share of the steps that are left. pytorch-optimizer has a PolyScheduler, with
# max_lr, "learning rate at the end of warmup", min_lr, "baseline learning rate", and t_max, "total number of scheduler steps".
# GUESS, written down before: "lr schedulers (cosine with warmup, linear, poly, ...) as documented".
# FOUND (pytorch-optimizer 4.1.0, torch 2.13.0), without a warning: the linear and the cosine schedules fall. The polynomial one
# takes the power of the number of steps since the warm-up, not of the share that is left, and multiplies the range by that. So
# the rate grows beyond max_lr from the third step after the warm-up on, whatever t_max is: the longer the training, the further.
# (The docstring's formula says so; the names, the base class's words, and PolynomialLR of PyTorch say the other.)
# Output seen, 2026-12-01 (the rate at steps 11, 12, 20, 50 and 100 of 100, with 10 of warm-up, max_lr 0.1 and min_lr 0.001):
# linear: 0.1, 0.0989, 0.0901, 0.0571, 0.0021
# cosine: 0.1, 0.09997, 0.09758, 0.06079, 0.00103
# poly, power 0.5: 0.1, 0.1, 0.298, 0.6193, 0.935
# poly, power 0.9: 0.1, 0.1, 0.7162, 2.678, 5.626
# poly, power 2: 0.1, 0.1, 8.02, 150.6, 784.2
# PyTorch, power 0.9: 0.1, 0.099, 0.09095, 0.05998, 0.001743
# poly, power 0.9, of 10000 steps: the last is 394
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps pytorch-optimizer==4.1.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch
from pytorch_optimizer import CosineScheduler, LinearScheduler, PolyScheduler


def optimizer(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def rates(kind, steps=100, **how):
    """The learning rate that each step sets."""
    schedule = kind(optimizer(0.1), t_max=steps, max_lr=0.1, min_lr=0.001, warmup_steps=10, **how)
    return [float(schedule.step()) for _ in range(steps)]


def told(name, seen):
    print(f"{name}: " + ", ".join(f"{seen[step - 1]:.4g}" for step in (11, 12, 20, 50, 100)))


told("linear", rates(LinearScheduler))
told("cosine", rates(CosineScheduler))
for power in (0.5, 0.9, 2):
    told(f"poly, power {power}", rates(PolyScheduler, poly_order=power))
decayed = torch.optim.lr_scheduler.PolynomialLR(optimizer(0.1), total_iters=90, power=0.9)
seen = [0.0] * 10
for _ in range(90):
    seen.append(decayed.get_last_lr()[0])
    decayed.optimizer.step()
    decayed.step()
told("PyTorch, power 0.9", seen)
print(f"poly, power 0.9, of 10000 steps: the last is {rates(PolyScheduler, 10000, poly_order=0.9)[-1]:.3g}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(linear: \|cosine: \|poly, \|PyTorch, \)/\1/p' "$0" | cmp - "$folder/seen"
