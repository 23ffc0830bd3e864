#!/bin/sh
# A point of an image (an eye, a joint) goes with the image through a distortion of AlbumentationsX: OpticalDistortion (barrel and
# fisheye), GridDistortion, ThinPlateSpline, PiecewiseAffine. (WaterRefraction does as these.)
# GUESS, written down before a sweep over forty of its transforms: "keypoints and boxes stay on the blob to a pixel" (in the
# others they did, most to a tenth of a pixel).
# FOUND (albumentationsx 2.5.1, torch 2.13.0, opencv-python-headless 4.13.0.92), without a word: by default a point is drawn as
# a small cross of five pixels, the drawing goes through the distortion, and the first pixel of it that is found, row by row, is
# the point. That is the cross's tip: each point rises by a pixel, without any distortion too. Not at random, but always up.
# Where two points lie on one pixel, the second is drawn over the first, which is gone: one comes back, though
# remove_invisible=False asks for all, and whoever goes by their order takes the ear for the nose from there on. Of two
# points above each other the lower loses its tip, and comes back a pixel to the left.
# The other way that can be asked for, keypoint_remapping_method="direct", keeps all points and cuts their fractions off: half a
# pixel up and half a pixel to the left.
# Output seen, 2026-12-01 (points at (50, 40), (70, 45), twice at (90, 60), and two that touch, no distortion; then how far
# 60 points lie before the pixels that they were on, to the left and up, in the mean):
# undistorted, mask: (50, 39) (70, 44) (90, 59) (109, 70) (110, 68) 5 of 6
# undistorted, direct: (50, 40) (70, 45) (90, 60) (90, 60) (110, 70) (110, 69) 6 of 6
# barrel: mask (-0.1, 0.8), direct (0.6, 0.5)
# fisheye: mask (0.0, 0.9), direct (0.5, 0.5)
# grid: mask (0.2, 0.9), direct (0.5, 0.6)
# spline: mask (0.0, 0.9), direct (0.4, 0.4)
# pieces: mask (0.1, 0.9), direct (0.5, 0.5)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 opencv-python-headless==4.13.0.92 \
  albumentationsx==2.5.1 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import albumentations
import numpy as np

HEIGHT, WIDTH = 200, 300
rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
places = np.stack([columns, rows, np.ones_like(rows)], 2) / WIDTH  # an image whose pixels say where they come from


def moved(transform, points, seed=0):
    """The image of places, in pixels, and the points, after the transform."""
    kept = albumentations.KeypointParams("xy", remove_invisible=False)
    after = albumentations.Compose([transform], keypoint_params=kept, seed=seed)(image=places, keypoints=points)
    return after["image"] * WIDTH, np.asarray(after["keypoints"])


for method in ("mask", "direct"):
    nothing = albumentations.OpticalDistortion(distort_limit=(0, 0), keypoint_remapping_method=method, p=1)
    asked = np.array([(50, 40), (70, 45), (90, 60), (90, 60), (110, 70), (110, 69)], float)
    image, points = moved(nothing, asked)
    assert all(np.allclose(image[int(y), int(x), :2], (x, y), atol=0.5) for x, y in asked)
    print(f"undistorted, {method}:", *(f"({x:g}, {y:g})" for x, y in points), f"{len(points)} of {len(asked)}")

distortions = {
    "barrel": (albumentations.OpticalDistortion, {"distort_limit": (0.4, 0.4)}),
    "fisheye": (albumentations.OpticalDistortion, {"distort_limit": (0.4, 0.4), "mode": "fisheye"}),
    "grid": (albumentations.GridDistortion, {}),
    "spline": (albumentations.ThinPlateSpline, {}),
    "pieces": (albumentations.PiecewiseAffine, {}),
}
draws = np.random.default_rng(0)
for name, (kind, how) in distortions.items():
    means = {}
    for method in ("mask", "direct"):
        off = []
        for seed in range(60):
            point = draws.uniform((60, 40), (240, 160))
            image, points = moved(kind(**how, keypoint_remapping_method=method, p=1), point[None], seed)
            if not len(points):
                continue
            x, y = points[0].round().astype(int)
            came_from, inside = image[y, x, :2], abs(image[y, x, 2] - 1) < 0.01
            if inside:
                off.append(points[0] - (x, y) + came_from - point)
        means[method] = -np.mean(off, 0)
    said = ", ".join(f"{method} ({x:.1f}, {y:.1f})" for method, (x, y) in means.items())
    print(f"{name}: {said}")
PY
NO_ALBUMENTATIONS_UPDATE=1 "$folder/venv/bin/python" -W ignore "$folder/ask.py" > "$folder/seen" 2> "$folder/said" ||
  { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
undistorted, mask: (50, 39) (70, 44) (90, 59) (109, 70) (110, 68) 5 of 6
undistorted, direct: (50, 40) (70, 45) (90, 60) (90, 60) (110, 70) (110, 69) 6 of 6
barrel: mask (-0.1, 0.8), direct (0.6, 0.5)
fisheye: mask (0.0, 0.9), direct (0.5, 0.5)
grid: mask (0.2, 0.9), direct (0.5, 0.6)
spline: mask (0.0, 0.9), direct (0.4, 0.4)
pieces: mask (0.1, 0.9), direct (0.5, 0.5)
END
