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

/** The three channels of a colour: 0 to 255 of a colour 0xRRGGBB, as they are of an array. */
function _channels(color) {
  return Array.isArray(color) ? [color[0], color[1], color[2]] : int2rgb(color);
}

/** The three channels of a colour as a script gets them: 0 to 1 of a colour 0xRRGGBB, as they are of an array. */
function _shares(color) {
  return Array.isArray(color) ? [color[0], color[1], color[2]] : normalizeRGB(int2rgb(color));
}

/**
 * Pairs made ready for `_colorAt`: in ascending order, channels flat in typed arrays.
 *
 * `whole[i]` tells whether the colours below and above the segment that ends at stop i are both 24-bit integers.
 */
function _scale(pairs) {
  const sorted = _ascending(pairs);
  const colors = sorted.map((pair) => pair[1]);
  return {
    colors,
    positions: Float64Array.from(sorted, (pair) => pair[0]),
    channels: Float64Array.from(colors.flatMap(_channels)),
    shares: Float64Array.from(colors.flatMap(_shares)),
    whole: colors.map((color, i) => i > 0 && !Array.isArray(color) && !Array.isArray(colors[i - 1])),
  };
}

/**
 * The colour of a scale at a value: at or below the first position the first colour, above the last one (and for
 * NaN, which is not below anything) the last colour, in between linear.
 *
 * Between integer colours a channel is a whole step of 255: `half` is 0 to cut to it, 0.5 to round.
 */
function _colorAt(scale, value, half) {
  const positions = scale.positions;
  const count = positions.length;
  let next = 0;
  while (next < count && !(value <= positions[next])) {
    next++;
  }
  if (next === 0 || next === count) {
    const at = next === 0 ? 0 : 3 * (count - 1);
    return [scale.shares[at], scale.shares[at + 1], scale.shares[at + 2]];
  }
  const whole = scale.whole[next];
  const channels = whole ? scale.channels : scale.shares;
  const above = (value - positions[next - 1]) / (positions[next] - positions[next - 1]);
  const below = 1 - above;
  const at = 3 * next;
  const red = channels[at - 3] * below + channels[at] * above;
  const green = channels[at - 2] * below + channels[at + 1] * above;
  const blue = channels[at - 1] * below + channels[at + 2] * above;
  return whole
    ? [((red + half) | 0) / 255, ((green + half) | 0) / 255, ((blue + half) | 0) / 255]
    : [red, green, blue];
}
