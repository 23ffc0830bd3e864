"""Chapter 18, Search and scaling: seven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. The slope of a log-probability ------------------------------------------------------------------


def log_slope(logits, choice):
    powers = np.exp(logits - logits.max())
    slope = -powers / powers.sum()
    slope[choice] += 1
    return slope


def slope_cases(rng: np.random.Generator) -> Case:
    """Often all are near 1000 or −1000, or one, which may be the chosen, lies far below the others.

    Four thousand are so far that to subtract the mean is not enough; one that far above the others is above
    their median, too.
    """
    options = int(rng.integers(2, 6))
    choice = int(rng.integers(options))
    logits = rng.integers(-2, 3, options) + 1000.0 * rng.integers(-1, 2)
    logits[rng.choice([0, -1, choice, choice, choice - 1])] -= rng.choice([0, 0, 720, 720, 4000, 4000, -4000])
    return {"logits": logits, "choice": choice}


SLOPE = Exercise(
    log_slope,
    points=2,
    cases=slope_cases,
    draws=24,
    mistakes=[
        wrong(
            "sign",
            {"return slope": "return -slope"},
            "Your signs are turned round: the slope of what was chosen is 1 − p, and −p for the rest.",
        ),
        wrong(
            "probability",
            {"return slope": "return slope * powers[choice] / powers.sum()"},
            "That is the slope of the probability itself. The logarithm's is that divided by p, which "
            "leaves 1 − p and −p.",
        ),
        wrong(
            "the logarithms",
            {"return slope": "return logits - logits.max() - np.log(powers.sum())"},
            "You returned the logarithms themselves. Asked for is the slope of one of them, that of the "
            "choice.",
        ),
        wrong(
            "only the chosen",
            {"return slope": "return slope * (np.arange(len(slope)) == choice)"},
            "You moved the chosen logit alone. The others stand in the denominator of the softmax, and have "
            "slopes too: −p.",
        ),
        wrong(
            "only the softmax",
            {"+= 1": "+= 0"},
            "You have −p for every logit. That of the choice also stands in the numerator: its slope is "
            "1 − p.",
        ),
        wrong(
            "counted from 1",
            {"slope[choice]": "slope[choice - 1]"},
            "You added the 1 one place too early. Choices are counted from 0, as NumPy counts.",
        ),
        wrong(
            "no softmax",
            {"-powers / powers.sum()": "-logits"},
            "You subtracted the logits. Subtract the probabilities: the softmax of the logits.",
        ),
        wrong(
            "sigmoid",
            {"-powers / powers.sum()": "-(1 + np.tanh(logits / 2)) / 2"},
            "You gave each logit a sigmoid of its own. The choices share one softmax: its probabilities sum "
            "to 1.",
        ),
        wrong(
            "one over p",
            {"return slope": "return np.eye(len(slope))[choice] / max(1 - slope[choice], 1e-300)"},
            "1/p is the slope with respect to the probability. The question asks for the logits.",
        ),
        wrong(
            "uniform",
            {"-powers / powers.sum()": "np.full(len(logits), -1 / len(logits))"},
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
    """Two times in three the rows are a thousand apart, and the options of one of them four thousand."""
    decisions, options, networks = (int(rng.integers(least, 5)) for least in (1, 2, 1))
    far = rng.choice([0.0, 1000.0, 1000.0])
    logits = rng.integers(-2, 3, (decisions, options)) + far * (rng.permutation(decisions)[:, None] - 1)
    logits[0, 0] -= 4 * far
    return {
        "logits": logits,
        "choices": rng.integers(0, options, (networks, decisions)),
        "rewards": rng.integers(1, 10, networks) / 10,
        "baseline": int(rng.integers(2, 9)) / 10,
        "rate": float(rng.choice([0.5, 1.5, 2.0])),
    }


STEP = Exercise(
    policy_step,
    points=3,
    cases=step_cases,
    mistakes=[
        wrong(
            "descent",
            {"logits + rate": "logits - rate"},
            "You went downhill. A reward is to grow: add the step instead of subtracting it.",
        ),
        wrong(
            "no baseline",
            {"(reward - baseline)": "reward"},
            "The baseline is missing. Without it every network that was drawn is praised, the worst too.",
        ),
        wrong(
            "baseline added",
            {"reward - baseline": "reward + baseline"},
            "You added the baseline. A network is praised for what it is better than the baseline.",
        ),
        wrong(
            "mean as baseline",
            {"reward - baseline": "reward - rewards.mean()"},
            "You took the mean of these rewards for the baseline. It is given: `baseline` knows the networks "
            "drawn before as well.",
        ),
        wrong(
            "rewards averaged first",
            {"reward - baseline": "rewards.mean() - baseline"},
            "You praised all networks alike, with their mean reward. Multiply the slope of each by its own "
            "reward minus the baseline, and then take the mean.",
        ),
        wrong(
            "sum",
            {" / len(choices)": ""},
            "You summed over the networks. Take the mean: otherwise a larger batch takes larger steps.",
        ),
        wrong(
            "mean over decisions",
            {"len(choices)": "choices.size"},
            "You divided by the number of decisions too. The mean is over the networks: each decision has "
            "its own row of logits.",
        ),
        wrong(
            "one-hot only",
            {"(chosen - probabilities)": "chosen"},
            "You pushed the choices that were made, and did not subtract the probabilities. Then what is "
            "drawn often is pushed often, whether it is good or not.",
        ),
        wrong(
            "softmax over decisions",
            {"max(axis=1": "max(axis=0", "sum(axis=1": "sum(axis=0"},
            "Your softmax runs over the decisions. Each decision, a row, has probabilities that sum to 1.",
        ),
        wrong(
            "one softmax",
            {"max(axis=1, keepdims=True)": "max()", "sum(axis=1, keepdims=True)": "sum()"},
            "You took one softmax over the whole array. Each decision, a row, has probabilities that sum to "
            "1.",
        ),
        wrong(
            "step only",
            {"logits + rate": "rate"},
            "You returned the step alone. Add it to the logits.",
        ),
    ],
)


# 3. MnasNet's reward --------------------------------------------------------------------------------


def mobile_reward(accuracy, latency, target, below, above):
    exponent = np.where(latency <= target, below, above)
    return accuracy * (latency / target) ** exponent


def reward_cases(rng: np.random.Generator) -> Case:
    """One network to five: all in time, all late, or some of both, and one on the dot."""
    target = float(rng.integers(40, 100))
    networks = int(rng.integers(1, 6))
    return {
        "accuracy": rng.integers(50, 99, networks) / 100,
        "latency": target * rng.choice([0.5, 0.8, 1.0, 1.5, 2.0], networks, replace=False),
        "target": target,
        "below": -int(rng.integers(1, 30)) / 100,
        "above": -int(rng.integers(2, 11)) / 10,
    }


REWARD = Exercise(
    mobile_reward,
    points=2,
    cases=reward_cases,
    mistakes=[
        wrong(
            "upside down",
            {"latency / target": "target / latency"},
            "In your answer the slow earn more: the quotient is upside down, or the exponent has lost its "
            "sign. It is latency by target, so that a negative exponent punishes the slow.",
        ),
        wrong(
            "no quotient",
            {"(latency / target)": "latency"},
            "You took the power of the latency itself. Divide it by the target first: who is on the dot gets "
            "the bare accuracy.",
        ),
        wrong(
            "exponents swapped",
            {"<= target, below, above": "<= target, above, below"},
            "You have the two exponents the wrong way round: `below` is for networks that meet the target.",
        ),
        wrong(
            "added",
            {"accuracy * ": "accuracy + "},
            "You added. Accuracy and the power of the quotient are multiplied.",
        ),
        wrong(
            "times",
            {"** exponent": "* exponent"},
            "You multiplied the quotient by the exponent. It is a power.",
        ),
        wrong(
            "power of both",
            {"accuracy * (latency / target)": "(accuracy * latency / target)"},
            "You raised the accuracy to the power as well. Only the quotient has the exponent.",
        ),
        wrong(
            "one exponent",
            {"<= target, below, above": "<= target, below, below"},
            "You used one exponent everywhere. Networks slower than the target have their own.",
        ),
        wrong(
            "above everywhere",
            {"<= target, below, above": "<= target, above, above"},
            "You used `above` everywhere. Networks that meet the target have their own exponent, `below`.",
        ),
        wrong(
            "power of the target alone",
            {"(latency / target) ** exponent": "latency / target**exponent"},
            "You raised the target alone to the power: ** comes before /. Put the quotient into parentheses.",
        ),
        wrong(
            "one decides for all",
            {"latency <= target": "np.any(latency <= target)"},
            "One network in time decides the exponent of all. Compare each latency with the target by "
            "itself: np.where does.",
        ),
        wrong(
            "one late for all",
            {"latency <= target": "np.all(latency <= target)"},
            "You chose one exponent for all networks, so that a late one can decide for those in time. "
            "Compare each latency with the target by itself: np.where does.",
        ),
        wrong(
            "hard below",
            {"<= target, below": "<= target, 0"},
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
    networks = int(rng.integers(3, 8))
    cost = rng.integers(1, 6, networks).astype(float)
    accuracy = rng.integers(70, 76, networks).astype(float)
    cost[-1], accuracy[-1] = cost[0], accuracy[0]
    return {"cost": cost, "accuracy": accuracy}


FRONT = Exercise(
    beaten_by,
    points=2,
    cases=front_cases,
    mistakes=[
        wrong(
            "strictly",
            {"|": "&"},
            "You asked for better in both. A network that costs the same and is more accurate beats too.",
        ),
        wrong(
            "only the cheaper",
            {" | (accuracy > accuracy[i])": ""},
            "You let only cheaper networks beat. One of the same cost that is more accurate beats too.",
        ),
        wrong(
            "only the more accurate",
            {"(cost < cost[i]) | ": ""},
            "You let only more accurate networks beat. One that is as accurate and cheaper beats too.",
        ),
        wrong(
            "twins",
            {"no_worse & better": "no_worse", "return counts": "return counts - 1"},
            "You let two equal networks beat each other. To beat, one must be better in something.",
        ),
        wrong(
            "itself",
            {"no_worse & better": "no_worse"},
            "You let each network beat itself, and equal ones each other. To beat, one must be better in "
            "something.",
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
            {"no_worse & better": "accuracy > accuracy[i]"},
            "You compared accuracies alone. A network that costs more beats nobody who is cheaper.",
        ),
        wrong(
            "either",
            {"no_worse & better": "better"},
            "You called it beaten if another is better in cost or in accuracy. Then almost all beat each "
            "other: the winner must also be no worse in the other.",
        ),
        wrong(
            "yes or no",
            {"np.sum": "np.any"},
            "You wrote 1 where anybody beats the network. Count how many do.",
        ),
        wrong(
            "sorted",
            {"return counts": 'return counts[np.argsort(cost, kind="stable")]'},
            "Your counts stand in the order of the costs. Return them in the order in which the networks "
            "came.",
        ),
    ],
)


# 5. The Ghost module --------------------------------------------------------------------------------


def ghost(x, weight, filters):
    real = np.einsum("mc,chw->mhw", weight, x)
    around = np.pad(real, ((0, 0), (1, 1), (1, 1)))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(around, (3, 3), axis=(1, 2))
    cheap = np.einsum("mhwij,mij->mhw", windows, filters)
    return np.concatenate([real, cheap])


def ghost_cases(rng: np.random.Generator) -> Case:
    channels, real = (int(n) for n in rng.integers(1, 4, 2))
    height, width = (int(n) for n in rng.permutation([1, 2, 3, 4])[:2])
    return {
        "x": rng.integers(-3, 4, (channels, height, width)).astype(float),
        "weight": rng.integers(-2, 3, (real, channels)).astype(float),
        "filters": rng.integers(-2, 3, (real, 3, 3)).astype(float),
    }


GHOST = Exercise(
    ghost,
    points=3,
    cases=ghost_cases,
    mistakes=[
        wrong(
            "ghosts first",
            {"[real, cheap]": "[cheap, real]"},
            "The ghosts stand in front in your output. The real channels come first.",
        ),
        wrong(
            "ghosts only",
            {"[real, cheap]": "[cheap]"},
            "You returned the ghosts alone. The channels they are made from belong to the output.",
        ),
        wrong(
            "added",
            {"[real, cheap]": "[real + cheap]"},
            "You added the ghosts to the real channels. They stand beside them: twice as many channels.",
        ),
        wrong(
            "shortcut",
            {"[real, cheap]": "[real, real + cheap]"},
            "You added each real channel to its ghost. There is no shortcut: a ghost is what its filter "
            "makes, and nothing else.",
        ),
        wrong(
            "ReLU",
            {"weight, x)": "weight, x).clip(0)"},
            "You put a ReLU behind the 1×1 convolution. The task is the module without activation.",
        ),
        wrong(
            "flipped",
            {"windows, filters": "windows, filters[:, ::-1, ::-1]"},
            "You turned the kernels round. As in every layer of this book they are laid on as they stand.",
        ),
        wrong(
            "edge repeated",
            {"(1, 1), (1, 1))": '(1, 1), (1, 1)), "edge"'},
            "You repeated the pixels of the border around the image. Padding puts zeros there.",
        ),
        wrong(
            "from the input",
            {"np.pad(real": "np.pad(x[np.arange(len(real)) % len(x)]"},
            "You made the ghosts from the input. They are cheap because they are made from the few real "
            "channels.",
        ),
        wrong(
            "mixed",
            {"mhwij": "nhwij"},
            "Your ghosts mix channels. The filters are depthwise: ghost m is made from real channel m alone.",
        ),
        wrong(
            "first filter",
            {"windows, filters": "windows, filters[:1]"},
            "You made all ghosts with the first filter. Ghost m has a filter of its own, filters[m].",
        ),
        wrong(
            "interleaved",
            {"np.concatenate([real, cheap])": "np.stack([real, cheap], axis=1).reshape(-1, *x.shape[1:])"},
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
    ratio = int(rng.integers(3, 6))  # not 2: then each real channel has one ghost
    kernel, filter_size = rng.choice([(7, 3), (7, 5), (3, 5), (5, 3)])  # of 1×1 no side is squared
    return {
        "channels": int(rng.integers(20, 100)),
        "outputs": ratio * int(rng.integers(12, 60)),
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
            {"real = outputs // ratio": "real = outputs"},
            "You counted an ordinary convolution. Only one channel in s comes from it.",
        ),
        wrong(
            "ghosts free",
            {"(outputs - real)": "0"},
            "You left the ghosts out. They are cheap, not free: one small filter each.",
        ),
        wrong(
            "a ghost of each output",
            {"(outputs - real)": "outputs"},
            "You filtered every output. The real channels are handed on as they are; only the others are "
            "filtered.",
        ),
        wrong(
            "one ghost each",
            {"(outputs - real)": "real"},
            "Your number is that of one ghost of each real channel. That is so for s = 2; in general each "
            "has s − 1.",
        ),
        wrong(
            "shares exchanged",
            {"outputs // ratio": "outputs - outputs // ratio"},
            "You exchanged the shares. One channel in s is real, and all the others are ghosts.",
        ),
        wrong(
            "ghosts read all",
            {"filter_size**2": "real * filter_size**2"},
            "You let a ghost read all real channels. It reads one.",
        ),
        wrong(
            "ghosts read the input",
            {"filter_size**2": "channels * filter_size**2"},
            "You let a ghost read all channels of the input. It reads one channel, a real one.",
        ),
        wrong(
            "flat kernels",
            {"channels * real": "real"},
            "You counted flat kernels for the real channels. Their convolution is an ordinary one: each of "
            "its kernels reads all channels that come in.",
        ),
        wrong(
            "ghosts alone",
            {"channels * real * kernel**2 * size**2": "0"},
            "You counted the ghosts alone. The ordinary convolution that makes the real channels costs most.",
        ),
        wrong(
            "filter not squared",
            {"filter_size**2": "filter_size"},
            "You counted one row of each ghost's filter. It has height and width: its size squared.",
        ),
        wrong(
            "kernels swapped",
            {"real * kernel": "real * filter_size", "real) * filter_size": "real) * kernel"},
            "You exchanged the kernel of the convolution and the filter of the ghosts.",
        ),
        wrong(
            "s and the filters exchanged",
            {"outputs // ratio": "outputs // filter_size", "filter_size**2": "ratio**2"},
            "You exchanged s and the side of the ghosts' filters. One channel in s is real; the weights of a "
            "filter are its side squared.",
        ),
        wrong(
            "one pixel",
            {"return macs": "return macs // size**2"},
            "You counted the weights: the work for one pixel. Every pixel of the map needs it.",
        ),
    ],
)


# 7. Count a network that is scaled ------------------------------------------------------------------


def count_scaled(layers, channels, size):
    macs = layers * 9 * channels**2 * size**2
    return macs * 12 * 11**2 * 115**2 // (10 * 10**2 * 100**2)


def scaled_cases(rng: np.random.Generator) -> Case:
    """Whole numbers, scaled in whatever way, also cut: no 1.15 times a side falls short by its last bits."""
    case = {
        "layers": 5 * int(rng.integers(2, 40)),
        "channels": 50 * int(rng.integers(1, 20)),
        "size": 20 * int(rng.integers(2, 50)),
    }
    while 20 * int(1.15 * case["size"]) < 23 * case["size"]:
        case["size"] = 20 * int(rng.integers(2, 50))
    return case


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
            {" * 12 * 11**2 * 115**2 // (10 * 10**2 * 100**2)": ""},
            "That is the network before scaling. Asked for is the cost of the scaled one.",
        ),
        wrong(
            "only the layers",
            {" * 11**2 * 115**2": "", " * 10**2 * 100**2": ""},
            "You scaled the layers alone. The channels and the image grow as well.",
        ),
        wrong(
            "linear width",
            {"11**2": "11", "10**2": "10"},
            "You counted 1.1 once. A layer reads more channels and returns more: the factor comes twice.",
        ),
        wrong(
            "linear size",
            {"115**2": "115", "100**2": "100"},
            "You counted 1.15 once. The image grows in height and in width.",
        ),
        wrong(
            "nothing squared",
            {"11**2 * 115**2": "11 * 115", "10**2 * 100**2": "10 * 100"},
            "You counted each factor once. The width comes twice, in what a layer reads and in what it "
            "returns, and so does the side of the image.",
        ),
        wrong(
            "squared depth",
            {"* 12 ": "* 12**2 ", "(10 ": "(10**2 "},
            "You counted 1.2 twice. More layers are more of the same: the cost grows as the depth, not as "
            "its square.",
        ),
        wrong(
            "doubled",
            {"12 * 11**2 * 115**2 // (10 * 10**2 * 100**2)": "2"},
            "You doubled the cost. 1.2 · 1.1² · 1.15² is about 2, not 2: count exactly.",
        ),
        wrong(
            "ones",
            {" * 9": ""},
            "You counted kernels of one weight. They are 3×3.",
        ),
        wrong(
            "parameters",
            {" * size**2": "", " * 115**2": "", " * 100**2": ""},
            "You counted the weights. Each is used once for every pixel: that is the number of MACs.",
        ),
        wrong(
            "depth and width swapped",
            {"* 12 * 11**2": "* 11 * 12**2"},
            "Your number is that of two factors exchanged: the depth grows by 1.2, and the channels by 1.1.",
        ),
    ],
)


EXERCISES = [SLOPE, STEP, REWARD, FRONT, GHOST, COUNT_GHOST, COUNT_SCALED]
