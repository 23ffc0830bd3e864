// The arithmetic of explorers: what `cnnlab.cost`, `cnnlab.receptive_field` and `cnnlab.conv` compute, with the same
// names, numbers, refusals and words. tests/test_explore.py compares the two on thousands of settings.
// A ValueError is a RangeError here.

function check(sizes) {
  for (const [name, size] of Object.entries(sizes)) {
    const least = name.endsWith("padding") ? 0 : 1;
    if (!Number.isInteger(size)) throw new TypeError(`${name} must be made of integers; got ${size}`);
    if (size < least) throw new RangeError(`${name} must be at least ${least}; got ${size}`);
  }
}

function steps(what, size, kernel_size, stride, padding, dilation, spare = 0) {
  check({size, kernel_size, stride, padding, dilation});
  const span = dilation * (kernel_size - 1) + 1;
  if (size + 2 * padding + spare < span)
    throw new RangeError(`a ${what} spanning ${span} does not fit into ${size} + 2·${padding} pixels`);
  return Math.floor((size + 2 * padding + spare - span) / stride);
}

export function conv2d_output_size(size, kernel_size, stride = 1, padding = 0, dilation = 1) {
  return steps("kernel", size, kernel_size, stride, padding, dilation) + 1;
}

export function pool2d_output_size(size, kernel_size, stride, padding = 0, dilation = 1, ceil_mode = false) {
  if (2 * padding > kernel_size)
    throw new RangeError(`padding ${padding} is more than half of kernel_size ${kernel_size}`);
  const moves = steps("window", size, kernel_size, stride, padding, dilation, ceil_mode ? stride - 1 : 0);
  return moves + 1 - (moves * stride >= size + padding); // the last window must not start beyond the image
}

export function conv_transpose2d_output_size(
  size, kernel_size, stride = 1, padding = 0, output_padding = 0, dilation = 1) {
  check({size, kernel_size, stride, padding, dilation});
  check({output_padding});
  if (output_padding >= Math.max(stride, dilation))
    throw new RangeError(
      `output_padding ${output_padding} must be below stride ${stride} or dilation ${dilation}`);
  const outputs = (size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1 + output_padding;
  if (outputs < 1) throw new RangeError(`padding ${padding} leaves ${outputs} outputs of ${size} inputs`);
  return outputs;
}

// The pixels that one output of a convolution reads, those of the padding included: negative, or from `size` on.
export function taps(output, kernel_size, stride = 1, padding = 0, dilation = 1) {
  return Array.from({length: kernel_size}, (_, k) => output * stride - padding + k * dilation);
}

// How many windows read each pixel.
export function reads(size, kernel_size, stride = 1, padding = 0, dilation = 1) {
  const counts = Array(size).fill(0);
  const outputs = conv2d_output_size(size, kernel_size, stride, padding, dilation);
  for (let output = 0; output < outputs; output++)
    for (const pixel of taps(output, kernel_size, stride, padding, dilation))
      if (pixel in counts) counts[pixel]++;
  return counts;
}

// How many products each output of a transposed convolution is the sum of: each input writes where `taps` says.
export function writes(size, kernel_size, stride = 1, padding = 0, output_padding = 0, dilation = 1) {
  const outputs = conv_transpose2d_output_size(size, kernel_size, stride, padding, output_padding, dilation);
  const counts = Array(outputs).fill(0);
  for (let input = 0; input < size; input++)
    for (const output of taps(input, kernel_size, stride, padding, dilation))
      if (output in counts) counts[output]++;
  return counts;
}

export const PIXEL = {size: 1, jump: 1, start: 0}; // `Field()`

// `Field.through`
export function through(field, kernel_size, stride = 1, padding = 0, dilation = 1) {
  if (Math.min(kernel_size, stride, dilation) < 1 || padding < 0)
    throw new RangeError("kernel_size, stride, dilation must be at least 1, padding 0; got "
      + `kernel_size=${kernel_size}, stride=${stride}, padding=${padding}, dilation=${dilation}`);
  return {
    size: field.size + Math.ceil(dilation * (kernel_size - 1) * field.jump),
    jump: field.jump * stride,
    start: field.start - padding * field.jump,
  };
}

// `correlate2d` of an image and a kernel, both lists of rows.
export function correlate2d(image, kernel) {
  const across = image[0].length - kernel[0].length + 1;
  return Array.from({length: image.length - kernel.length + 1}, (_, i) =>
    Array.from({length: across}, (_, j) => products(image, kernel, i, j).flat().reduce((sum, one) => sum + one)));
}

// The products behind one output, as they lie in the window whose first row and column are i and j.
export function products(image, kernel, i, j) {
  return kernel.map((row, u) => row.map((weight, v) => weight * image[i + u][j + v]));
}

// A chain of layers [kernel_size, stride, padding, dilation] → each level's field and its number of units, first the
// image's. What a layer refuses is refused.
export function levels(width, layers) {
  const found = [{...PIXEL, units: width}];
  for (const layer of layers) {
    const below = found.at(-1);
    found.push({...through(below, ...layer), units: conv2d_output_size(below.units, ...layer)});
  }
  return found;
}

// The units of each level that a unit of the last layer sees, the image's first, exact at the border and between holes.
export function seen(width, layers, unit) {
  const units = levels(width, layers).map(level => level.units), found = [[unit]];
  for (let level = layers.length - 1; level >= 0; level--) {
    const below = new Set(found[0].flatMap(each => taps(each, ...layers[level])));
    found.unshift([...below].filter(each => 0 <= each && each < units[level]).sort((one, other) => one - other));
  }
  return found;
}

// What a profile's counts make, each added so many times.
export function total(counts, worth) {
  return Object.entries(worth).reduce((sum, [name, times]) => sum + times * counts[name], 0);
}

export function conv2d_params(in_channels, out_channels, kernel_size, groups = 1, bias = true) {
  check({in_channels, out_channels, groups});
  if (in_channels % groups || out_channels % groups)
    throw new RangeError(`${in_channels} → ${out_channels} channels cannot be split into ${groups} equal groups`);
  check({kernel_size});
  return out_channels * (in_channels / groups) * kernel_size ** 2 + (bias ? out_channels : 0);
}

// The channel that `channel_shuffle` deals to a place.
export function shuffle_source(channels, groups, place) {
  return place % groups * (channels / groups) + Math.floor(place / groups);
}

// The channels of each row that an output hears, the inputs first: layers in groups, with a shuffle between two or none.
export function heard(channels, groups, layers, shuffled, output) {
  const n = channels / groups, found = [[output]];
  const add = sources => found.unshift([...new Set(found[0].flatMap(sources))].sort((one, other) => one - other));
  for (let layer = 0; layer < layers; layer++) {
    if (layer && shuffled) add(place => [shuffle_source(channels, groups, place)]);
    add(channel => Array.from({length: n}, (_, place) => Math.floor(channel / n) * n + place));
  }
  return found;
}

// `round_channels`
export function round_channels(channels, divisor = 8) {
  const nearest = Math.max(divisor, Math.floor(channels / divisor + 0.5) * divisor);
  return nearest >= 0.9 * channels ? nearest : nearest + divisor;
}

// A block's layers: channels in and out, kernel size, stride, groups, and whether it is a gate's, with a bias and for
// one position. Each other one has a batch norm behind it.
function block_layers(kind, in_channels, out_channels, expansion, stride, kernel_size) {
  if (kind === "separable")
    return [[in_channels, in_channels, kernel_size, stride, in_channels], [in_channels, out_channels, 1, 1, 1]];
  const hidden = in_channels * expansion, squeezed = Math.floor(in_channels / 4);
  return [
    ...(expansion > 1 ? [[in_channels, hidden, 1, 1, 1]] : []),
    [hidden, hidden, kernel_size, stride, hidden],
    ...(kind === "gated" ? [[hidden, squeezed, 1, 1, 1, true], [squeezed, hidden, 1, 1, 1, true]] : []),
    [hidden, out_channels, 1, 1, 1],
  ];
}

function sum_layers(layers, size) {
  const cost = {params: 0, macs: 0, size};
  for (const [in_channels, out_channels, kernel_size, stride, groups, gate] of layers) {
    if (!gate) cost.size = conv2d_output_size(cost.size, kernel_size, stride, (kernel_size - 1) / 2);
    const weights = conv2d_params(in_channels, out_channels, kernel_size, groups, false);
    cost.params += weights + out_channels * (gate ? 1 : 2);
    cost.macs += weights * (gate ? 1 : cost.size ** 2);
  }
  return cost;
}

// What each stage of a network costs whose channels are times `width`, its blocks times `depth`, for an image of
// `size`: the first layer, the table's rows, the last convolution where there is one, the linear layer.
export function scaled_stages({kind, stem, rows, head, least_head}, width, size, depth) {
  const found = [], wide = channels => round_channels(channels * width);
  const add = (name, blocks, layers) => {
    found.push({name, blocks, ...sum_layers(layers, found.at(-1)?.size ?? size), channels: layers.at(-1)[1]});
  };
  add("first layer", 1, [[3, wide(stem), 3, 2, 1]]);
  rows.forEach(([t, c, n, s, k], row) => {
    const blocks = Math.ceil(n * depth), layers = [];
    for (let block = 0; block < blocks; block++)
      layers.push(...block_layers(kind, block ? wide(c) : found.at(-1).channels, wide(c), t, block ? 1 : s, k));
    add(`stage ${row + 1}`, blocks, layers);
  });
  if (head)
    add("last convolution", 1, [[found.at(-1).channels, round_channels(head * Math.max(least_head, width)), 1, 1, 1]]);
  const channels = found.at(-1).channels;
  found.push({name: "linear layer", blocks: 1, params: channels * 1000 + 1000, macs: channels * 1000, size: 1, channels: 1000});
  return found;
}

// Layers [path, …, parameters, MACs] as the blocks that their paths make at this depth: runs of one name, each with what
// its layers sum to. A block of one layer is that layer.
export function blocks(layers, depth = 0) {
  const found = [];
  for (const layer of layers) {
    const names = layer[0].split("."), name = names[depth] ?? "", open = names.length > depth + 1;
    if (open && found.at(-1)?.open && found.at(-1).name === name) found.at(-1).layers.push(layer);
    else found.push({name, open, depth, layers: [layer]});
  }
  return found.map(block => block.layers.length > 1
    ? {...block, ...sums(block.layers)}
    : {...block, ...sums(block.layers), open: false, name: block.layers[0][0].split(".").slice(depth).join(".")});
}

function sums(layers) {
  return {params: layers.reduce((sum, layer) => sum + layer[3], 0), macs: layers.reduce((sum, layer) => sum + layer[4], 0)};
}

// A network's blocks by their whole paths, the dearest opened as long as there are fewer than `least`.
export function outline(layers, least) {
  let found = blocks(layers);
  for (;;) {
    const open = found.filter(block => block.open), most = Math.max(...open.map(block => block.macs));
    const next = found.findIndex(block => block.open && block.macs === most);
    if (found.length >= least || next < 0) return found.map(block => ({...block, name: path(block)}));
    const {layers: inside, depth} = found[next];
    found = [...found.slice(0, next), ...blocks(inside, depth + 1), ...found.slice(next + 1)];
  }
}

const path = ({layers: [[first]], open, depth}) => open ? first.split(".").slice(0, depth + 1).join(".") : first;

// What a chain of blocks multiplies the gradient by: F′ where a block is all there is, 1 for a shortcut alone, else both.
export function chain_gradient(kinds, slope) {
  const factors = {both: slope + 1, shortcut: 1, block: slope};
  return kinds.reduce((product, kind) => product * factors[kind], 1);
}

// How many paths pass 0, 1, 2, … blocks.
export function path_counts(kinds) {
  let counts = [1];
  for (const kind of kinds) {
    const through = kind === "shortcut" ? counts.map(() => 0) : counts, around = kind === "block" ? counts.map(() => 0) : counts;
    counts = [...around, 0].map((count, length) => count + (through[length - 1] ?? 0));
  }
  return counts;
}

export function conv2d_macs(in_channels, out_channels, kernel_size, output_size, groups = 1) {
  const weights = conv2d_params(in_channels, out_channels, kernel_size, groups, false);
  check({output_size});
  return weights * output_size ** 2;
}

export function conv2d_memory_access(in_channels, out_channels, kernel_size, input_size, output_size, groups = 1) {
  const weights = conv2d_params(in_channels, out_channels, kernel_size, groups, false);
  check({input_size});
  check({output_size});
  return in_channels * input_size ** 2 + out_channels * output_size ** 2 + weights;
}

// A layer [in_channels, out_channels, kernel_size, size, groups] at work on images: FLOPs, bytes that must move, FLOPs a
// byte, and on a machine of so many FLOPs and bytes a second the least time, and whether memory sets it.
export function roofline([in_channels, out_channels, kernel_size, size, groups], images, number, peak, bandwidth) {
  const flops = 2 * images * conv2d_macs(in_channels, out_channels, kernel_size, size, groups);
  const access = conv2d_memory_access(in_channels, out_channels, kernel_size, size, size, groups);
  const weights = conv2d_params(in_channels, out_channels, kernel_size, groups, false);
  const bytes = number * (images * (access - weights) + weights);
  const seconds = Math.max(flops / peak, bytes / bandwidth);
  return {flops, bytes, intensity: flops / bytes, seconds, memory: bytes / bandwidth > flops / peak};
}
