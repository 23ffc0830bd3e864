"""Wrong answers to the exercises of chapter 18, as fresh solvers gave them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wrong_answers import wrong


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@wrong("log_slope", "sign")
def _(logits, choice):
    """The sign is wrong: the slope of the loss −log p is returned."""
    slope = softmax(logits)
    slope[choice] -= 1
    return slope


@wrong("log_slope", "only the chosen")
def _(logits, choice):
    """Only the chosen logit gets a slope, and the others 0."""
    slope = np.zeros(len(logits))
    slope[choice] = 1 - softmax(logits)[choice]
    return slope


@wrong("log_slope", "probability")
def _(logits, choice):
    """The slope of the probability is returned, not that of its logarithm."""
    p = softmax(logits)
    return p[choice] * (np.eye(len(p))[choice] - p)


@wrong("log_slope", "one over p")
def _(logits, choice):
    """The logarithm is differentiated by the probabilities and not by the logits: 1 / p."""
    slope = np.zeros(len(logits))
    slope[choice] = 1 / softmax(logits)[choice]
    return slope


@wrong("log_slope", "only the softmax")
def _(logits, choice):
    """What was drawn is not pushed: the 1 of the choice is missing."""
    return -softmax(logits)


@wrong("log_slope", "no softmax")
def _(logits, choice):
    """The softmax is forgotten: the logits are taken for probabilities."""
    return np.eye(len(logits))[choice] - logits


@wrong("log_slope", "the logarithms")
def _(logits, choice):
    """The logarithms of all probabilities are returned."""
    return np.log(softmax(logits))


@wrong("log_slope", "sigmoid")
def _(logits, choice):
    """Each logit gets a sigmoid of its own, not a share of the softmax."""
    return np.eye(len(logits))[choice] - 1 / (1 + np.exp(-logits))


@wrong("log_slope", "uniform")
def _(logits, choice):
    """The probabilities are those of a uniform draw."""
    return np.eye(len(logits))[choice] - 1 / len(logits)


@wrong("log_slope", "counted from 1")
def _(logits, choice):
    """The choice is counted from 1."""
    return np.eye(len(logits))[choice - 1] - softmax(logits)


def slopes(logits, choices):
    """What each network says about each logit: [B, D, n]."""
    return np.eye(logits.shape[1])[choices] - softmax(logits)


def pushed(logits, choices, advantage, rate):
    return logits + rate * np.mean(advantage[:, None, None] * slopes(logits, choices), axis=0)


@wrong("policy_step", "sum")
def _(logits, choices, rewards, baseline, rate):
    """The networks' slopes are added up, not averaged."""
    return pushed(logits, choices, rewards - baseline, rate * len(rewards))


@wrong("policy_step", "descent")
def _(logits, choices, rewards, baseline, rate):
    """The step goes downhill, as if the reward were a loss."""
    return pushed(logits, choices, rewards - baseline, -rate)


@wrong("policy_step", "no baseline")
def _(logits, choices, rewards, baseline, rate):
    """The baseline is forgotten."""
    return pushed(logits, choices, rewards, rate)


@wrong("policy_step", "mean as baseline")
def _(logits, choices, rewards, baseline, rate):
    """The mean of these rewards is taken for the baseline that was given."""
    return pushed(logits, choices, rewards - rewards.mean(), rate)


@wrong("policy_step", "one-hot only")
def _(logits, choices, rewards, baseline, rate):
    """Only the drawn options are pushed: nothing is taken from the others."""
    out = logits.astype(float).copy()
    for choice, reward in zip(choices, rewards, strict=True):
        for d, option in enumerate(choice):
            out[d, option] += rate * (reward - baseline) / len(rewards)
    return out


@wrong("policy_step", "one softmax")
def _(logits, choices, rewards, baseline, rate):
    """The softmax runs over all decisions together, not row by row."""
    powers = np.exp(logits - logits.max())
    slope = np.eye(logits.shape[1])[choices] - powers / powers.sum()
    return logits + rate * ((rewards - baseline)[:, None, None] * slope).mean(axis=0)


@wrong("policy_step", "softmax over decisions")
def _(logits, choices, rewards, baseline, rate):
    """The softmax runs down the columns, over the decisions."""
    p = softmax(logits.T).T
    slope = np.eye(logits.shape[1])[choices] - p
    return logits + rate * ((rewards - baseline)[:, None, None] * slope).mean(axis=0)


@wrong("policy_step", "mean over decisions")
def _(logits, choices, rewards, baseline, rate):
    """The mean is taken over networks and decisions."""
    return pushed(logits, choices, rewards - baseline, rate / len(logits))


@wrong("policy_step")
def _(logits, choices, rewards, baseline, rate):
    """The logits change after each network, and the next one sees the new ones."""
    out = logits.astype(float).copy()
    for choice, reward in zip(choices, rewards, strict=True):
        out += rate * (reward - baseline) / len(rewards) * slopes(out, choice)
    return out


@wrong("policy_step", "rewards averaged first")
def _(logits, choices, rewards, baseline, rate):
    """Reward and slope are averaged apart, and then multiplied."""
    return logits + rate * (rewards.mean() - baseline) * slopes(logits, choices).mean(axis=0)


@wrong("mobile_reward", "exponents swapped")
def _(accuracy, latency, target, below, above):
    """The two exponents are exchanged."""
    return accuracy * (latency / target) ** np.where(latency <= target, above, below)


@wrong("mobile_reward", "upside down")
def _(accuracy, latency, target, below, above):
    """The quotient is upside down: target / latency."""
    return accuracy * (target / latency) ** np.where(latency <= target, below, above)


@wrong("mobile_reward", "above everywhere")
def _(accuracy, latency, target, below, above):
    """The exponent `above` is used on both sides of the target."""
    return accuracy * (latency / target) ** above


@wrong("mobile_reward", "hard below")
def _(accuracy, latency, target, below, above):
    """Whoever is in time gets the bare accuracy: the hard form, whatever `below` is."""
    return np.where(latency <= target, accuracy, accuracy * (latency / target) ** above)


@wrong("mobile_reward", "times")
def _(accuracy, latency, target, below, above):
    """The quotient is multiplied by the exponent, not raised to it."""
    return accuracy * (latency / target) * np.where(latency <= target, below, above)


@wrong("mobile_reward", "added")
def _(accuracy, latency, target, below, above):
    """The power is added to the accuracy, not multiplied with it."""
    return accuracy + (latency / target) ** np.where(latency <= target, below, above)


@wrong("mobile_reward", "power of both")
def _(accuracy, latency, target, below, above):
    """The accuracy is raised to the power as well."""
    return (accuracy * latency / target) ** np.where(latency <= target, below, above)


@wrong("mobile_reward", "one decides for all")
def _(accuracy, latency, target, below, above):
    """One network that is in time decides the exponent of all."""
    exponent = below if np.any(latency <= target) else above
    return accuracy * np.power(latency / target, exponent)


@wrong("mobile_reward", "no quotient")
def _(accuracy, latency, target, below, above):
    """The latency is not divided by the target."""
    return accuracy * latency ** np.where(latency <= target, below, above)


@wrong("mobile_reward")
def _(accuracy, latency, target, below, above):
    """The excess over the target is used, (latency − target) / target, in the place of the quotient."""
    excess = 1 + np.abs(latency - target) / target
    return accuracy * excess ** np.where(latency <= target, below, above)


def pairs(cost, accuracy):
    """Each network as a row and each rival as a column: cost and accuracy of the two."""
    return cost[:, None], cost[None], accuracy[:, None], accuracy[None]


@wrong("beaten_by", "strictly")
def _(cost, accuracy):
    """Who beats must be better in both."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    return ((other < mine) & (others > my_accuracy)).sum(axis=1)


@wrong("beaten_by", "itself")
def _(cost, accuracy):
    """Equal networks beat each other, and each beats itself."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    return ((other <= mine) & (others >= my_accuracy)).sum(axis=1)


@wrong("beaten_by", "how many it beats")
def _(cost, accuracy):
    """It is counted how many each network beats, not how many beat it."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    beats = (other <= mine) & (others >= my_accuracy) & ((other < mine) | (others > my_accuracy))
    return beats.sum(axis=0)


@wrong("beaten_by", "yes or no")
def _(cost, accuracy):
    """Whether anybody beats it is returned, 0 or 1, not how many do."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    beats = (other <= mine) & (others >= my_accuracy) & ((other < mine) | (others > my_accuracy))
    return beats.any(axis=1).astype(int)


@wrong("beaten_by", "twins")
def _(cost, accuracy):
    """Only the network itself is taken out: an equal one still beats it."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    return ((other <= mine) & (others >= my_accuracy)).sum(axis=1) - 1


@wrong("beaten_by", "either")
def _(cost, accuracy):
    """To be better in one of the two is enough, and to be worse in the other is forgiven."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    return ((other < mine) | (others > my_accuracy)).sum(axis=1)


@wrong("beaten_by", "only the cheaper")
def _(cost, accuracy):
    """Only a cheaper network can beat: one of the same cost that is more accurate does not count."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    return ((other < mine) & (others >= my_accuracy)).sum(axis=1)


@wrong("beaten_by", "only the more accurate")
def _(cost, accuracy):
    """Only a more accurate network can beat: one as accurate that is cheaper does not count."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    return ((other <= mine) & (others > my_accuracy)).sum(axis=1)


@wrong("beaten_by", "costly")
def _(cost, accuracy):
    """More cost is taken for better, as more accuracy is."""
    mine, other, my_accuracy, others = pairs(cost, accuracy)
    beats = (other >= mine) & (others >= my_accuracy) & ((other > mine) | (others > my_accuracy))
    return beats.sum(axis=1)


@wrong("beaten_by", "sorted")
def _(cost, accuracy):
    """The counts come back in the order of the costs, not in that of the networks."""
    order = np.argsort(cost, kind="stable")
    mine, other, my_accuracy, others = pairs(cost[order], accuracy[order])
    beats = (other <= mine) & (others >= my_accuracy) & ((other < mine) | (others > my_accuracy))
    return beats.sum(axis=1)


def filtered(x, filters, mode="constant"):
    """A depthwise 3×3 layer with padding 1: what most answers below start from."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode=mode)
    return np.einsum("chwij,cij->chw", sliding_window_view(padded, (3, 3), axis=(1, 2)), filters)


def mixed(x, weight):
    return np.tensordot(weight, x, axes=1)


@wrong("ghost", "interleaved")
def _(x, weight, filters):
    """Each ghost stands behind its real channel, not behind all of them."""
    real = mixed(x, weight)
    return np.stack([real, filtered(real, filters)], axis=1).reshape(-1, *x.shape[1:])


@wrong("ghost", "ghosts first")
def _(x, weight, filters):
    """The ghosts are put first."""
    real = mixed(x, weight)
    return np.concatenate([filtered(real, filters), real])


@wrong("ghost", "from the input")
def _(x, weight, filters):
    """The ghosts are made of the input's channels, not of the real ones."""
    places = np.arange(len(filters)) % len(x)
    return np.concatenate([mixed(x, weight), filtered(x[places], filters)])


@wrong("ghost", "flipped")
def _(x, weight, filters):
    """The filters are flipped."""
    real = mixed(x, weight)
    return np.concatenate([real, filtered(real, filters[:, ::-1, ::-1])])


@wrong("ghost", "ReLU")
def _(x, weight, filters):
    """A ReLU stands behind the 1×1 convolution."""
    real = np.maximum(mixed(x, weight), 0)
    return np.concatenate([real, filtered(real, filters)])


@wrong("ghost", "shortcut")
def _(x, weight, filters):
    """The real channel is added to its ghost, as by a shortcut."""
    real = mixed(x, weight)
    return np.concatenate([real, real + filtered(real, filters)])


@wrong("ghost", "ghosts only")
def _(x, weight, filters):
    """Only the ghosts are returned."""
    return filtered(mixed(x, weight), filters)


@wrong("ghost", "edge repeated")
def _(x, weight, filters):
    """The padding repeats the border's pixels instead of zeros."""
    real = mixed(x, weight)
    return np.concatenate([real, filtered(real, filters, "edge")])


@wrong("ghost", "mixed")
def _(x, weight, filters):
    """Each ghost reads all real channels: the 3×3 layer is not depthwise."""
    real = mixed(x, weight)
    together = np.broadcast_to(real.sum(axis=0), real.shape)
    return np.concatenate([real, filtered(together, filters)])


@wrong("ghost", "first filter")
def _(x, weight, filters):
    """All ghosts are made with the first filter."""
    real = mixed(x, weight)
    return np.concatenate([real, filtered(real, np.repeat(filters[:1], len(filters), axis=0))])


@wrong("count_ghost", "a ghost of each output")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """A ghost is made for every output, the real channels among them."""
    real = outputs // ratio
    return size**2 * (real * channels * kernel**2 + outputs * filter_size**2)


@wrong("count_ghost", "ordinary")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """All outputs come from the ordinary convolution, and there are no ghosts."""
    return size**2 * outputs * channels * kernel**2


@wrong("count_ghost", "one ghost each")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """Each real channel has one ghost, whatever s is."""
    real = outputs // ratio
    return size**2 * (real * channels * kernel**2 + real * filter_size**2)


@wrong("count_ghost", "filter not squared")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The filters' size is not squared."""
    real = outputs // ratio
    return size**2 * (real * channels * kernel**2 + (outputs - real) * filter_size)


@wrong("count_ghost", "ghosts free")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The ghosts cost nothing."""
    return size**2 * outputs // ratio * channels * kernel**2


@wrong("count_ghost", "ghosts read all")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """Each ghost reads all real channels: its filter is an ordinary convolution."""
    real = outputs // ratio
    return size**2 * (real * channels * kernel**2 + (outputs - real) * real * filter_size**2)


@wrong("count_ghost", "shares exchanged")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The shares are exchanged: one in s is a ghost, and the rest are real."""
    ghosts = outputs // ratio
    return size**2 * ((outputs - ghosts) * channels * kernel**2 + ghosts * filter_size**2)


@wrong("count_ghost", "one pixel")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """Parameters are counted, not MACs."""
    real = outputs // ratio
    return real * channels * kernel**2 + (outputs - real) * filter_size**2


@wrong("count_ghost", "ghosts read the input")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The ghosts are made of the input: each filter runs over all of its channels."""
    real = outputs // ratio
    return size**2 * (real * channels * kernel**2 + (outputs - real) * channels * filter_size**2)


@wrong("count_ghost")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The real channels are one in s + 1: s ghosts for each of them."""
    real = outputs / (ratio + 1)
    return size**2 * (real * channels * kernel**2 + (outputs - real) * filter_size**2)


@wrong("count_scaled", "unscaled")
def _(layers, channels, size):
    """The network is counted before it is scaled."""
    return layers * 9 * channels**2 * size**2


@wrong("count_scaled", "doubled")
def _(layers, channels, size):
    """One step of φ is taken for exactly twice the work."""
    return 2 * layers * 9 * channels**2 * size**2


@wrong("count_scaled", "nothing squared")
def _(layers, channels, size):
    """The three factors are multiplied as they stand: width and resolution are not squared."""
    return round(layers * 9 * channels**2 * size**2 * 1.2 * 1.1 * 1.15)


@wrong("count_scaled", "linear width")
def _(layers, channels, size):
    """The wider channels count on one side of each layer only."""
    return round(layers * 9 * channels**2 * size**2 * 1.2 * 1.1 * 1.15**2)


@wrong("count_scaled", "linear size")
def _(layers, channels, size):
    """The image grows in one direction only."""
    return round(layers * 9 * channels**2 * size**2 * 1.2 * 1.1**2 * 1.15)


@wrong("count_scaled", "squared depth")
def _(layers, channels, size):
    """The depth is squared too."""
    return round(layers * 9 * channels**2 * size**2 * (1.2 * 1.1 * 1.15) ** 2)


@wrong("count_scaled", "only the layers")
def _(layers, channels, size):
    """Only the layers are scaled."""
    return round(1.2 * layers) * 9 * channels**2 * size**2


@wrong("count_scaled", "ones")
def _(layers, channels, size):
    """The kernel's nine taps are forgotten."""
    return round(1.2 * layers) * round(1.1 * channels) ** 2 * round(1.15 * size) ** 2


@wrong("count_scaled", "depth and width swapped")
def _(layers, channels, size):
    """Depth and width exchange their factors."""
    return round(layers * 9 * channels**2 * size**2 * 1.1 * 1.2**2 * 1.15**2)


@wrong("count_scaled", "parameters")
def _(layers, channels, size):
    """Parameters are counted, not MACs."""
    return round(1.2 * layers) * 9 * round(1.1 * channels) ** 2


@wrong("log_slope")
def _(logits, choice):
    """The chosen logit is subtracted before the powers are taken: where it lies far below, they overflow."""
    powers = np.exp(logits - logits[choice])
    return np.eye(len(logits))[choice] - powers / powers.sum()


@wrong("mobile_reward", "one late for all")
def _(accuracy, latency, target, below, above):
    """The slowest network decides whether `above` is the exponent of all."""
    return accuracy * (latency / target) ** (above if latency.max() > target else below)


@wrong("mobile_reward", "upside down")
def _(accuracy, latency, target, below, above):
    """The exponents have lost their signs."""
    return accuracy * (latency / target) ** abs(np.where(latency <= target, below, above))


@wrong("count_ghost", "flat kernels")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The ordinary convolution's kernels are one channel deep."""
    real = outputs // ratio
    return (real * kernel**2 + (outputs - real) * filter_size**2) * size**2


@wrong("count_ghost", "ghosts alone")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The ordinary convolution is left out."""
    return (outputs - outputs // ratio) * filter_size**2 * size**2


@wrong("log_slope")
def _(logits, choice):
    """The mean of the logits is subtracted before the power, not the largest."""
    powers = np.exp(logits - logits.mean())
    return np.eye(len(logits))[choice] - powers / powers.sum()


@wrong("policy_step")
def _(logits, choices, rewards, baseline, rate):
    """Each row's mean is subtracted before the power, not its largest logit."""
    powers = np.exp(logits - logits.mean(axis=1, keepdims=True))
    gaps = np.eye(logits.shape[1])[choices] - powers / powers.sum(axis=1, keepdims=True)
    return logits + rate * ((rewards - baseline)[:, None, None] * gaps).mean(axis=0)


@wrong("mobile_reward", "power of the target alone")
def _(accuracy, latency, target, below, above):
    """The quotient is not in parentheses: the power is the target's alone."""
    exponent = np.array([below if each <= target else above for each in latency])
    return accuracy * latency / target**exponent


@wrong("log_slope")
def _(logits, choice):
    """The median is subtracted before the powers are taken."""
    powers = np.exp(logits - np.median(logits))
    return np.eye(len(logits))[choice] - powers / powers.sum()


@wrong("count_ghost", "s and the filters exchanged")
def _(channels, outputs, kernel, filter_size, ratio, size):
    """The paper's s and d are exchanged."""
    real = outputs // filter_size
    return (real * channels * kernel * kernel + (outputs - real) * ratio * ratio) * size * size
