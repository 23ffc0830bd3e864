"""Chapter 18, Search and scaling: seven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# 1. The slope of a log-probability ------------------------------------------------------------------


def log_slope(logits, choice):
    powers = np.exp(logits - logits.max())
    slope = -powers / powers.sum()
    slope[choice] += 1
    return slope


def slope_cases(rng: np.random.Generator) -> Case:
    options = int(rng.integers(3, 6))
    return {"logits": rng.integers(-2, 3, options).astype(float), "choice": int(rng.integers(options))}


def one_hot(logits, choice):
    return np.eye(len(logits))[choice]


SLOPE = Exercise(
    log_slope,
    points=2,
    cases=slope_cases,
    mistakes=[
        wrong(
            "sign",
            lambda logits, choice: -log_slope(logits, choice),
            "Your signs are turned round: the slope of what was chosen is 1 − p, and −p for the rest.",
        ),
        wrong(
            "probability",
            lambda logits, choice: softmax(logits)[choice] * log_slope(logits, choice),
            "That is the slope of the probability itself. The logarithm's is that divided by p, which "
            "leaves 1 − p and −p.",
        ),
        wrong(
            "only the chosen",
            lambda logits, choice: one_hot(logits, choice) * log_slope(logits, choice),
            "You moved the chosen logit alone. The others stand in the denominator of the softmax, and have "
            "slopes too: −p.",
        ),
        wrong(
            "no softmax",
            lambda logits, choice: one_hot(logits, choice) - logits,
            "You subtracted the logits. Subtract the probabilities: the softmax of the logits.",
        ),
        wrong(
            "one over p",
            lambda logits, choice: one_hot(logits, choice) / softmax(logits)[choice],
            "1/p is the slope with respect to the probability. The question asks for the logits.",
        ),
        wrong(
            "uniform",
            lambda logits, choice: one_hot(logits, choice) - 1 / len(logits),
            "You took all choices for equally likely. Their probabilities are the softmax of the logits.",
        ),
    ],
)


# 2. A step of the controller ------------------------------------------------------------------------


def policy_step(logits, choices, rewards, baseline, rate):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    step = np.zeros_like(logits)
    for picked, reward in zip(choices, rewards, strict=True):
        chosen = np.eye(logits.shape[1])[picked]
        step += (reward - baseline) * (chosen - probabilities)
    return logits + rate * step / len(choices)


def step_cases(rng: np.random.Generator) -> Case:
    decisions, options, networks = 2, 3, 4
    return {
        "logits": rng.integers(-2, 3, (decisions, options)).astype(float),
        "choices": rng.integers(0, options, (networks, decisions)),
        "rewards": rng.integers(1, 10, networks) / 10,
        "baseline": 0.55,
        "rate": 2.0,
    }


def likeliest(logits):
    return np.eye(logits.shape[1])[logits.argmax(axis=1)]


STEP = Exercise(
    policy_step,
    points=3,
    cases=step_cases,
    mistakes=[
        wrong(
            "descent",
            lambda logits, choices, rewards, baseline, rate: policy_step(
                logits, choices, rewards, baseline, -rate
            ),
            "You went downhill. A reward is to grow: add the step instead of subtracting it.",
        ),
        wrong(
            "no baseline",
            lambda logits, choices, rewards, baseline, rate: policy_step(logits, choices, rewards, 0, rate),
            "The baseline is missing. Without it every network that was drawn is praised, the worst too.",
        ),
        wrong(
            "baseline added",
            lambda logits, choices, rewards, baseline, rate: policy_step(
                logits, choices, rewards, -baseline, rate
            ),
            "You added the baseline. A network is praised for what it is better than the baseline.",
        ),
        wrong(
            "sum",
            lambda logits, choices, rewards, baseline, rate: policy_step(
                logits, choices, rewards, baseline, rate * len(choices)
            ),
            "You summed over the networks. Take the mean: otherwise a larger batch takes larger steps.",
        ),
        wrong(
            "one-hot only",
            lambda logits, choices, rewards, baseline, rate: (
                logits
                + rate
                * np.mean([(r - baseline) * np.eye(3)[c] for c, r in zip(choices, rewards, strict=True)], 0)
            ),
            "You pushed the choices that were made, and did not subtract the probabilities. Then what is "
            "drawn often is pushed often, whether it is good or not.",
        ),
        wrong(
            "softmax over decisions",
            lambda logits, choices, rewards, baseline, rate: (
                logits
                + rate
                * np.mean(
                    [
                        (r - baseline) * (np.eye(3)[c] - softmax(logits.T).T)
                        for c, r in zip(choices, rewards, strict=True)
                    ],
                    0,
                )
            ),
            "Your softmax runs over the decisions. Each decision, a row, has probabilities that sum to 1.",
        ),
        wrong(
            "step only",
            lambda logits, choices, rewards, baseline, rate: (
                policy_step(logits, choices, rewards, baseline, rate) - logits
            ),
            "You returned the step alone. Add it to the logits.",
        ),
    ],
)


# 3. MnasNet's reward --------------------------------------------------------------------------------


def mobile_reward(accuracy, latency, target, below, above):
    exponent = np.where(latency <= target, below, above)
    return accuracy * (latency / target) ** exponent


def reward_cases(rng: np.random.Generator) -> Case:
    target = float(rng.integers(40, 100))
    return {
        "accuracy": rng.integers(50, 99, 4) / 100,
        "latency": np.array([0.5, 0.8, 1.5, 2.0]) * target,
        "target": target,
        "below": -0.05,
        "above": -0.5,
    }


REWARD = Exercise(
    mobile_reward,
    points=2,
    cases=reward_cases,
    mistakes=[
        wrong(
            "upside down",
            lambda accuracy, latency, target, below, above: mobile_reward(
                accuracy, target**2 / latency, target, above, below
            ),
            "Your quotient is upside down. It is latency by target, so that a negative exponent punishes the "
            "slow.",
        ),
        wrong(
            "exponents swapped",
            lambda accuracy, latency, target, below, above: mobile_reward(
                accuracy, latency, target, above, below
            ),
            "You have the two exponents the wrong way round: `below` is for networks that meet the target.",
        ),
        wrong(
            "added",
            lambda accuracy, latency, target, below, above: (
                accuracy + (latency / target) ** np.where(latency <= target, below, above)
            ),
            "You added. Accuracy and the power of the quotient are multiplied.",
        ),
        wrong(
            "times",
            lambda accuracy, latency, target, below, above: (
                accuracy * (latency / target) * np.where(latency <= target, below, above)
            ),
            "You multiplied the quotient by the exponent. It is a power.",
        ),
        wrong(
            "one exponent",
            lambda accuracy, latency, target, below, above: mobile_reward(
                accuracy, latency, target, below, below
            ),
            "You used one exponent everywhere. Networks slower than the target have their own.",
        ),
        wrong(
            "hard below",
            lambda accuracy, latency, target, below, above: mobile_reward(
                accuracy, latency, target, 0, above
            ),
            "You gave all that meet the target their bare accuracy. Here `below` counts too: it praises what "
            "is faster than asked.",
        ),
    ],
)


# 4. Who is on the front -----------------------------------------------------------------------------


def beaten_by(cost, accuracy):
    counts = np.zeros(len(cost), dtype=int)
    for i in range(len(cost)):
        no_worse = (cost <= cost[i]) & (accuracy >= accuracy[i])
        better = (cost < cost[i]) | (accuracy > accuracy[i])
        counts[i] = np.sum(no_worse & better)
    return counts


def front_cases(rng: np.random.Generator) -> Case:
    """Some of them share a cost or an accuracy, and one is there twice."""
    cost = rng.integers(1, 6, 7).astype(float)
    accuracy = rng.integers(70, 76, 7).astype(float)
    cost[6], accuracy[6] = cost[0], accuracy[0]
    return {"cost": cost, "accuracy": accuracy}


def with_rule(cost, accuracy, beats):
    """How many beat each, by a rule over two indices, j against i."""
    numbers = range(len(cost))
    return np.array([sum(bool(beats(j, i)) for j in numbers if j != i) for i in numbers])


FRONT = Exercise(
    beaten_by,
    points=2,
    cases=front_cases,
    mistakes=[
        wrong(
            "strictly",
            lambda cost, accuracy: with_rule(
                cost, accuracy, lambda j, i: cost[j] < cost[i] and accuracy[j] > accuracy[i]
            ),
            "You asked for better in both. A network that costs the same and is more accurate beats too.",
        ),
        wrong(
            "twins",
            lambda cost, accuracy: with_rule(
                cost, accuracy, lambda j, i: cost[j] <= cost[i] and accuracy[j] >= accuracy[i]
            ),
            "You let two equal networks beat each other. To beat, one must be better in something.",
        ),
        wrong(
            "how many it beats",
            lambda cost, accuracy: beaten_by(-cost, -accuracy),
            "You counted how many networks each one beats. Asked for is how many beat it.",
        ),
        wrong(
            "costly",
            lambda cost, accuracy: beaten_by(-cost, accuracy),
            "You preferred what costs more. To beat is to be at least as accurate at no higher cost.",
        ),
        wrong(
            "accuracy alone",
            lambda cost, accuracy: with_rule(cost, accuracy, lambda j, i: accuracy[j] > accuracy[i]),
            "You compared accuracies alone. A network that costs more beats nobody who is cheaper.",
        ),
        wrong(
            "either",
            lambda cost, accuracy: with_rule(
                cost, accuracy, lambda j, i: cost[j] < cost[i] or accuracy[j] > accuracy[i]
            ),
            "You called it beaten if another is better in cost or in accuracy. Then almost all beat each "
            "other: the winner must also be no worse in the other.",
        ),
        wrong(
            "yes or no",
            lambda cost, accuracy: (beaten_by(cost, accuracy) > 0).astype(int),
            "You wrote 1 where anybody beats the network. Count how many do.",
        ),
    ],
)


# 5. The Ghost module --------------------------------------------------------------------------------


def ghost(x, weight, filters):
    height, width = x.shape[1:]
    real = np.einsum("mc,chw->mhw", weight, x)
    around = np.pad(real, ((0, 0), (1, 1), (1, 1)))
    cheap = np.zeros_like(real)
    for i in range(3):
        for j in range(3):
            window = around[:, i : i + height, j : j + width]
            cheap += filters[:, i, j, None, None] * window
    return np.concatenate([real, cheap])


def ghost_cases(rng: np.random.Generator) -> Case:
    return {
        "x": rng.integers(-3, 4, (2, 3, 4)).astype(float),
        "weight": rng.integers(-2, 3, (2, 2)).astype(float),
        "filters": rng.integers(-2, 3, (2, 3, 3)).astype(float),
    }


def halves(x, weight, filters):
    whole = ghost(x, weight, filters)
    return whole[: len(weight)], whole[len(weight) :]


GHOST = Exercise(
    ghost,
    points=3,
    cases=ghost_cases,
    mistakes=[
        wrong(
            "ghosts first",
            lambda x, weight, filters: np.concatenate(halves(x, weight, filters)[::-1]),
            "The ghosts stand in front in your output. The real channels come first.",
        ),
        wrong(
            "ghosts only",
            lambda x, weight, filters: halves(x, weight, filters)[1],
            "You returned the ghosts alone. The channels they are made from belong to the output.",
        ),
        wrong(
            "added",
            lambda x, weight, filters: sum(halves(x, weight, filters)),
            "You added the ghosts to the real channels. They stand beside them: twice as many channels.",
        ),
        wrong(
            "flipped",
            lambda x, weight, filters: ghost(x, weight, filters[:, ::-1, ::-1]),
            "You turned the kernels round. As in every layer of this book they are laid on as they stand.",
        ),
        wrong(
            "from the input",
            lambda x, weight, filters: np.concatenate(
                [halves(x, weight, filters)[0], halves(x, np.eye(2), filters)[1]]
            ),
            "You made the ghosts from the input. They are cheap because they are made from the few real "
            "channels.",
        ),
        wrong(
            "mixed",
            lambda x, weight, filters: np.concatenate(
                [
                    halves(x, weight, filters)[0],
                    *[halves(x, weight, np.stack([f, f]))[1].sum(axis=0, keepdims=True) for f in filters],
                ]
            ),
            "Your ghosts mix channels. The filters are depthwise: ghost m is made from real channel m alone.",
        ),
        wrong(
            "interleaved",
            lambda x, weight, filters: np.stack(halves(x, weight, filters), axis=1).reshape(-1, *x.shape[1:]),
            "You dealt real channels and ghosts alternately. All real ones come first, then their ghosts.",
        ),
    ],
)


# 6. Count a Ghost module ----------------------------------------------------------------------------


def count_ghost(channels, outputs, kernel, filter_size, ratio, size):
    real = outputs // ratio
    macs = channels * real * kernel**2 * size**2
    macs += (outputs - real) * filter_size**2 * size**2
    return macs


def count_ghost_cases(rng: np.random.Generator) -> Case:
    ratio = int(rng.integers(2, 5))
    kernel, filter_size = rng.permutation([1, 3, 5])[:2]
    return {
        "channels": int(rng.integers(20, 100)),
        "outputs": 12 * int(rng.integers(4, 20)),
        "kernel": int(kernel),
        "filter_size": int(filter_size),
        "ratio": ratio,
        "size": int(rng.integers(7, 60)),
    }


COUNT_GHOST = DrawnExercise(
    count_ghost,
    points=2,
    cases=count_ghost_cases,
    question=(
        "A Ghost module with s = {ratio} reads {channels} channels of {size}×{size} pixels and returns "
        "{outputs} of the same size. One in {ratio} of these comes from an ordinary {kernel}×{kernel} "
        "convolution, and the rest are ghosts of them, each made by one {filter_size}×{filter_size} filter "
        "on one channel. How many multiply–accumulates (MACs) is that? Biases and normalization do not count."
    ),
    mistakes=[
        wrong(
            "ordinary",
            lambda channels, outputs, kernel, filter_size, ratio, size: (
                channels * outputs * kernel**2 * size**2
            ),
            "You counted an ordinary convolution. Only one channel in s comes from it.",
        ),
        wrong(
            "ghosts free",
            lambda channels, outputs, kernel, filter_size, ratio, size: (
                channels * (outputs // ratio) * kernel**2 * size**2
            ),
            "You left the ghosts out. They are cheap, not free: one small filter each.",
        ),
        wrong(
            "a ghost of each output",
            lambda channels, outputs, kernel, filter_size, ratio, size: (
                (channels * (outputs // ratio) * kernel**2 + outputs * filter_size**2) * size**2
            ),
            "You filtered every output. The real channels are handed on as they are; only the others are "
            "filtered.",
        ),
        wrong(
            "ghosts read all",
            lambda channels, outputs, kernel, filter_size, ratio, size: (
                channels * (outputs // ratio) * kernel**2 * size**2
                + (outputs - outputs // ratio) * (outputs // ratio) * filter_size**2 * size**2
            ),
            "You let a ghost read all real channels. It reads one.",
        ),
        wrong(
            "kernels swapped",
            lambda channels, outputs, kernel, filter_size, ratio, size: count_ghost(
                channels, outputs, filter_size, kernel, ratio, size
            ),
            "You exchanged the kernel of the convolution and the filter of the ghosts.",
        ),
        wrong(
            "one pixel",
            lambda channels, outputs, kernel, filter_size, ratio, size: count_ghost(
                channels, outputs, kernel, filter_size, ratio, 1
            ),
            "You counted the weights: the work for one pixel. Every pixel of the map needs it.",
        ),
    ],
)


# 7. Count a network that is scaled ------------------------------------------------------------------


def count_scaled(layers, channels, size):
    deep = layers * 12 // 10
    wide = channels * 11 // 10
    large = size * 115 // 100
    return deep * 9 * wide**2 * large**2


def scaled_cases(rng: np.random.Generator) -> Case:
    return {
        "layers": 10 * int(rng.integers(1, 14)),
        "channels": 10 * int(rng.integers(2, 100)),
        "size": 20 * int(rng.integers(1, 40)),
    }


COUNT_SCALED = DrawnExercise(
    count_scaled,
    points=2,
    cases=scaled_cases,
    question=(
        "{layers} convolutions of 3×3 follow one another, each from {channels} to {channels} channels on "
        "{size}×{size} pixels, padded, with stride 1. Scale this network by one step of φ: 1.2 times the "
        "layers, 1.1 times the channels, 1.15 times the side of the image. How many multiply–accumulates "
        "(MACs) does the scaled network need?"
    ),
    mistakes=[
        wrong(
            "unscaled",
            lambda layers, channels, size: layers * 9 * channels**2 * size**2,
            "That is the network before scaling. Asked for is the cost of the scaled one.",
        ),
        wrong(
            "linear width",
            lambda layers, channels, size: (
                layers * 12 // 10 * 9 * channels * (channels * 11 // 10) * (size * 115 // 100) ** 2
            ),
            "You counted 1.1 once. A layer reads more channels and returns more: the factor comes twice.",
        ),
        wrong(
            "linear size",
            lambda layers, channels, size: (
                layers * 12 // 10 * 9 * (channels * 11 // 10) ** 2 * size * (size * 115 // 100)
            ),
            "You counted 1.15 once. The image grows in height and in width.",
        ),
        wrong(
            "squared depth",
            lambda layers, channels, size: count_scaled(layers, channels, size) * 12 // 10,
            "You counted 1.2 twice. More layers are more of the same: the cost grows as the depth, not as "
            "its square.",
        ),
        wrong(
            "doubled",
            lambda layers, channels, size: 2 * layers * 9 * channels**2 * size**2,
            "You doubled the cost. 1.2 · 1.1² · 1.15² is about 2, not 2: count exactly.",
        ),
        wrong(
            "ones",
            lambda layers, channels, size: count_scaled(layers, channels, size) // 9,
            "You counted kernels of one weight. They are 3×3.",
        ),
        wrong(
            "depth and width swapped",
            lambda layers, channels, size: (
                (layers * 11 * 9 * channels**2 * 144 * size**2 * 115**2) // (10 * 100 * 10000)
            ),
            "You exchanged two factors: the depth grows by 1.2, and the channels by 1.1.",
        ),
    ],
)


EXERCISES = [SLOPE, STEP, REWARD, FRONT, GHOST, COUNT_GHOST, COUNT_SCALED]
