// What the visualizers share: pairs [position, colour], and the colour between two of them.
// A name with a leading underscore stays inside the library; all others become globals of the script.

/** Stops the script with a sentence of ours where the service too can only fail. */
function _needPairs(name, pairs) {
  if (!Array.isArray(pairs) || pairs.length === 0) {
    throw new Error(`${name} needs a list of pairs [value, color] with at least one pair`);
  }
}

/** A copy of the pairs in ascending order of their first number; pairs of equal number keep their order. */
function _ascending(pairs) {
  return pairs.slice().sort((a, b) => a[0] - b[0]);
}

/** A colour as a visualizer keeps it: a whole number, or an array of three channels of its own. */
function _color(color) {
  return Array.isArray(color) ? [+color[0], +color[1], +color[2]] : color | 0;
}

/** What a channel 0 to 255 is as a share. */
const _SHARES = Float64Array.from({ length: 256 }, (_, channel) => channel / 255);

/** The three channels of a colour as a script gets them: 0 to 1 of a colour 0xRRGGBB, as they are of an array. */
function _shares(color) {
  return Array.isArray(color)
    ? [color[0], color[1], color[2]]
    : [_SHARES[(color >> 16) & 255], _SHARES[(color >> 8) & 255], _SHARES[color & 255]];
}

/**
 * Positions and their colours made ready for `_colorAt`, in ascending order; the two arrays become part of it.
 *
 * Scripts make visualizers anew for each pixel, so that making one must not take longer than asking it: no closure, no
 * typed array, and nothing sorted that is in order. What makes asking fast is made once one has been asked some times.
 */
function _scale(positions, colors) {
  for (let i = 1; i < positions.length; i++) {
    if (!(positions[i - 1] <= positions[i])) {
      const sorted = _ascending(positions.map((position, at) => [position, colors[at]]));
      return { positions: sorted.map((pair) => pair[0]), colors: sorted.map((pair) => pair[1]), asked: 0, flat: null };
    }
  }
  return { positions, colors, asked: 0, flat: null };
}

/** How often a visualizer is asked before it is made ready to be asked for all pixels. */
const _OFTEN = 16;

/**
 * The same as `_scale` gives, in typed arrays: positions, channels 0 to 255 and 0 to 1.
 *
 * `whole[i]` tells whether the colours below and above the segment that ends at stop i are both 24-bit integers.
 */
function _flattened({ positions, colors }) {
  return {
    positions: Float64Array.from(positions),
    channels: Float64Array.from(colors.flatMap((color) => (Array.isArray(color) ? color : int2rgb(color)))),
    shares: Float64Array.from(colors.flatMap(_shares)),
    whole: colors.map((color, i) => i > 0 && !Array.isArray(color) && !Array.isArray(colors[i - 1])),
  };
}

/**
 * The colour of a scale at a value: at or below the first position the first colour, above the last one (and for
 * NaN, which is not below anything) the last colour, in between linear.
 *
 * Between integer colours a channel is a whole step of 255: `half` is 0 to cut to it, 0.5 to round. Colours given as
 * arrays are cut as well, but not rounded.
 */
function _colorAt(scale, value, half) {
  if (scale.flat === null) {
    if (scale.asked++ < _OFTEN) {
      return _firstColorsAt(scale, value, half);
    }
    scale.flat = _flattened(scale);
  }
  const { positions, shares, whole, channels } = scale.flat;
  const count = positions.length;
  let next = 0;
  while (next < count && !(value <= positions[next])) {
    next++;
  }
  if (next === 0 || next === count) {
    const at = next === 0 ? 0 : 3 * (count - 1);
    return [shares[at], shares[at + 1], shares[at + 2]];
  }
  const cut = whole[next];
  const from = cut ? channels : shares;
  const above = (value - positions[next - 1]) / (positions[next] - positions[next - 1]);
  const below = 1 - above;
  const at = 3 * next;
  const red = from[at - 3] * below + from[at] * above;
  const green = from[at - 2] * below + from[at + 1] * above;
  const blue = from[at - 1] * below + from[at + 2] * above;
  return cut
    ? [((red + half) | 0) / 255, ((green + half) | 0) / 255, ((blue + half) | 0) / 255]
    : _between255(red, green, blue, half);
}

const _floor = Math.floor;

/** Channels between colours of which one is an array; a hair is added, since 111 / 255 * 255 may be less than 111. */
function _between255(red, green, blue, half) {
  return half !== 0
    ? [red, green, blue]
    : [_floor(red * 255 + 1e-9) / 255, _floor(green * 255 + 1e-9) / 255, _floor(blue * 255 + 1e-9) / 255];
}

/** The same as `_colorAt`, of a scale that has hardly been asked. */
function _firstColorsAt(scale, value, half) {
  const { positions, colors } = scale;
  const count = positions.length;
  let next = 0;
  while (next < count && !(value <= positions[next])) {
    next++;
  }
  if (next === 0 || next === count) {
    return _shares(colors[next === 0 ? 0 : count - 1]);
  }
  const one = colors[next - 1];
  const other = colors[next];
  const above = (value - positions[next - 1]) / (positions[next] - positions[next - 1]);
  const below = 1 - above;
  if (Array.isArray(one) || Array.isArray(other)) {
    const from = _shares(one);
    const to = _shares(other);
    return _between255(
      from[0] * below + to[0] * above, from[1] * below + to[1] * above, from[2] * below + to[2] * above, half,
    );
  }
  const red = ((one >> 16) & 255) * below + ((other >> 16) & 255) * above;
  const green = ((one >> 8) & 255) * below + ((other >> 8) & 255) * above;
  const blue = (one & 255) * below + (other & 255) * above;
  return [((red + half) | 0) / 255, ((green + half) | 0) / 255, ((blue + half) | 0) / 255];
}
