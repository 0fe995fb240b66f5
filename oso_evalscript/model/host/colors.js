// Colours as 24-bit integers 0xRRGGBB and as arrays of channels.

/**
 * The channels 0 to 255 of a colour 0xRRGGBB.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
function int2rgb(color) {
  return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
}

/**
 * The colour 0xRRGGBB of channels 0 to 255.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
function rgb2int(color) {
  _needChannels("rgb2int", color);
  return (color[0] << 16) | (color[1] << 8) | color[2];
}

/**
 * The channels 0 to 255 of a colour 0xRRGGBB: an older name of `int2rgb`.
 *
 * Read from a public copy of the library of about 2019; whether the service still has it is not known.
 *
 * @evidence observed
 */
function hex2rgb(color) {
  return int2rgb(color);
}

/**
 * The colour 0xRRGGBB of channels 0 to 255: an older name of `rgb2int`.
 *
 * Read from a public copy of the library of about 2019; whether the service still has it is not known.
 *
 * @evidence observed
 */
function rgb2hex(color) {
  _needChannels("rgb2hex", color);
  return rgb2int(color);
}

/**
 * A new array of the three channels divided by 255; the array passed in stays as it is.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
function normalizeRGB(rgb255Array) {
  _needChannels("normalizeRGB", rgb255Array);
  return [rgb255Array[0] / 255, rgb255Array[1] / 255, rgb255Array[2] / 255];
}

/**
 * A mixture of two colours given as arrays: `alpha` is the share of the first one.
 *
 * Known from the page of utility functions. That channels are not rounded is not documented; the public copy of
 * about 2019 took integers 0xRRGGBB and rounded, which today's page no longer shows.
 *
 * @evidence documented
 */
function combine(color1, color2, alpha) {
  _needChannels("combine", color1);
  _needChannels("combine", color2);
  return [
    color1[0] * alpha + color2[0] * (1 - alpha),
    color1[1] * alpha + color2[1] * (1 - alpha),
    color1[2] * alpha + color2[2] * (1 - alpha),
  ];
}

/** Stops the script with a sentence of ours where reading a channel can only fail. */
function _needChannels(name, color) {
  if (color === undefined || color === null) {
    throw new Error(`${name} needs a color given as an array of channels, but was given ${color}`);
  }
}
