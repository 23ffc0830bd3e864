#!/bin/sh
# An average pool with padding "same" in TensorFlow.js, and its gradient; and pools with gaps (tf.pool with dilations).
# GUESS, written down before: "tfjs cpu = definition for pools"; the comparison had their gradients too.
# FOUND (@tensorflow/tfjs 4.22.0, its CPU backend): the pool divides a window at the border by the pixels in it, as TensorFlow
# does, but its gradient divides by the whole window. For windows of three, 1 2 3 4 becomes 1.5 2 3 3.5, and the gradient of
# its sum is 2/3 1 1 2/3, where the function itself moves by 5/6 7/6 7/6 5/6 (together four, as four means must). So a network
# with such a pool is trained along another function's gradient, in two and three dimensions and as a layer, without a word;
# with padding "valid" it is right.
# With gaps the pool pads by zeros that count: the maximum of four negative numbers is zero throughout, and the mean of
# four times -6 is -4. Without gaps they do not count.
# Output seen, 2026-11-29:
# same: pooled 1.500 2.000 3.000 3.500; gradient 0.667 1.000 1.000 0.667; by differences 0.833 1.167 1.167 0.833
# valid: pooled 2.000 3.000; gradient 0.333 0.667 0.667 0.333; by differences 0.333 0.667 0.667 0.333
# in three dimensions 0.667 1.000 1.000 0.667; as a layer 0.667 1.000 1.000 0.667
# of -1 -2 -3 -4 the maximum without gaps -1 -1 -2 -3, with gaps 0 0 0 0
# of -6 -6 -6 -6 the mean without gaps -6 -6 -6 -6, with gaps -4 -4 -4 -4
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0 >> npm.log 2>&1 || { cat npm.log; exit 1; }
cat > ask.js <<'JS'
const tf = require("@tensorflow/tfjs");

const STEP = 0.01;
const numbers = [1, 2, 3, 4];
const row = (values) => tf.tensor4d(values, [1, 1, 4, 1]);
const read = (tensor, digits = 3) => Array.from(tensor.dataSync(), (value) => value.toFixed(digits)).join(" ");
const gradient = (f, x) => read(tf.grad((z) => f(z).sum())(x));

/** The gradient of the sum of what f makes of the numbers, by central differences. */
function byDifferences(f) {
  const moved = (i, by) => f(row(numbers.map((value, j) => value + (i === j ? by : 0)))).sum().dataSync()[0];
  return numbers.map((_, i) => ((moved(i, STEP) - moved(i, -STEP)) / (2 * STEP)).toFixed(3)).join(" ");
}

async function main() {
  await tf.setBackend("cpu");
  const lines = [];
  for (const padding of ["same", "valid"]) {
    const pool = (x) => tf.avgPool(x, [1, 3], 1, padding);
    const parts = [`pooled ${read(pool(row(numbers)))}`, `gradient ${gradient(pool, row(numbers))}`];
    lines.push(`${padding}: ${parts.join("; ")}; by differences ${byDifferences(pool)}`);
  }
  const deep = gradient((x) => tf.avgPool3d(x, [1, 1, 3], 1, "same"), tf.tensor5d(numbers, [1, 1, 1, 4, 1]));
  const layer = tf.layers.averagePooling2d({ poolSize: [1, 3], strides: 1, padding: "same" });
  lines.push(`in three dimensions ${deep}; as a layer ${gradient((x) => layer.apply(x), row(numbers))}`);
  for (const [kind, name, values] of [["max", "maximum", [-1, -2, -3, -4]], ["avg", "mean", [-6, -6, -6, -6]]]) {
    const [dense, gaps] = [1, [1, 2]].map((dilation) => tf.pool(row(values), [1, 3], kind, "same", dilation, 1));
    const both = `without gaps ${read(dense, 0)}, with gaps ${read(gaps, 0)}`;
    lines.push(`of ${values.join(" ")} the ${name} ${both}`);
  }
  console.log(lines.join("\n"));
}

main();
JS
node ask.js 2> said > seen || { tail -3 said; exit 1; }
grep -E '^(same|valid|in three|of)' seen > lines
cat lines
cat > expected <<'LINES'
same: pooled 1.500 2.000 3.000 3.500; gradient 0.667 1.000 1.000 0.667; by differences 0.833 1.167 1.167 0.833
valid: pooled 2.000 3.000; gradient 0.333 0.667 0.667 0.333; by differences 0.333 0.667 0.667 0.333
in three dimensions 0.667 1.000 1.000 0.667; as a layer 0.667 1.000 1.000 0.667
of -1 -2 -3 -4 the maximum without gaps -1 -1 -2 -3, with gaps 0 0 0 0
of -6 -6 -6 -6 the mean without gaps -6 -6 -6 -6, with gaps -4 -4 -4 -4
LINES
cmp expected lines
