#!/bin/sh
# SSIM compares two images window by window. ignite's metric takes windows of kernel_size, weighted by a Gaussian or, with
# gaussian=False, all pixels alike.
# GUESS, written down before: "ignite: SSIM, mAP, Dice, IoU = definition".
# FOUND (pytorch-ignite 0.5.5, torch 2.13.0), without a word: the Gaussian is right. The other window has always five weights of a
# fifth, as many as fit, whatever kernel_size is. So 7, 11 (the default) and 17 are 5. And a window of 3 has three weights that
# sum to 0.6, 0.36 in the plane: the means and the variances are no longer those of one window, and noisy images look nearly alike.
# Output seen, 2026-12-01 (a soft picture of 64x64 and the same with noise; by the formula, and by ignite):
# uniform windows: 3 0.380 and 0.915, 5 0.541 and 0.541, 7 0.658 and 0.541, 11 0.791 and 0.541, 17 0.868 and 0.541
# Gaussian windows: 3 0.370 and 0.370, 5 0.489 and 0.489, 7 0.547 and 0.547, 11 0.571 and 0.571, 17 0.572 and 0.572
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 packaging==26.4 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps pytorch-ignite==0.5.5 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch
from ignite.metrics import SSIM

torch.manual_seed(0)
image = torch.nn.functional.interpolate(torch.rand(1, 1, 8, 8), size=(64, 64), mode="bicubic").clamp(0, 1)
other = (image + 0.1 * torch.randn(1, 1, 64, 64)).clamp(0, 1)


def defined(size, deviation=None):
    """SSIM in each window, its pixels alike or weighted by a Gaussian, over mirrored borders as ignite has them; the mean."""
    at = torch.arange(size) - (size - 1) / 2
    line = torch.ones(size) if deviation is None else torch.exp(-0.5 * (at / deviation) ** 2)
    window = (torch.outer(line, line) / line.sum() ** 2)[None, None]

    def mean(pixels):
        padded = torch.nn.functional.pad(pixels, [size // 2] * 4, mode="reflect")
        return torch.nn.functional.conv2d(padded, window)

    a, b = mean(image), mean(other)
    variances = mean(image**2) - a**2 + mean(other**2) - b**2
    together = mean(image * other) - a * b
    return float(((2 * a * b + 1e-4) * (2 * together + 9e-4) / ((a**2 + b**2 + 1e-4) * (variances + 9e-4))).mean())


def by_ignite(size, **how):
    metric = SSIM(data_range=1.0, kernel_size=size, **how)
    metric.update((other, image))
    return metric.compute()


def told(deviation, **how):
    return ", ".join(f"{size} {defined(size, deviation):.3f} and {by_ignite(size, **how):.3f}" for size in (3, 5, 7, 11, 17))


print(f"uniform windows: {told(None, gaussian=False)}")
print(f"Gaussian windows: {told(1.5)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(uniform windows: \|Gaussian windows: \)/\1/p' "$0" | cmp - "$folder/seen"
