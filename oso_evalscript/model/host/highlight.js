// Brightness curves for single bands.
// The overrides that EO Browser injects (gainOverride, offsetOverride, gammaOverride, rangeOverrides) do not exist
// here, and none is read.

/**
 * Maps minValue to 0 and values towards maxValue to 1, and squeezes highlights above 0.92 where 0 < maxValue < 1.
 *
 * process() gives a number; 1 is reached at 2 maxValue - minValue. Known from the page of utility functions. That gain
 * and offset come before gamma, that gamma is the exponent itself, and that NaN stays NaN is read from a public copy
 * of the library of about 2019.
 *
 * @evidence documented
 */
class HighlightCompressVisualizer {
  constructor(minValue = 0, maxValue = 1, gain = 1, offset = 0, gamma = 1) {
    this.settings = { minValue, maxValue, gain, offset, gamma };
  }

  /** The value on the curve; `i`, its place in a list, matters in EO Browser only. */
  process(val, i) {
    return _compress(this.settings, val);
  }

  /** A new array with each value of a list on the curve. */
  processList(list) {
    return list.map((val, i) => this.process(val, i));
  }
}

/**
 * Maps a value by the curve of HighlightCompressVisualizer and gives an array of one number.
 *
 * Read from a public copy of the library of about 2019, not on today's page.
 *
 * @evidence observed
 */
class HighlightCompressVisualizerSingle {
  constructor(minValue = 0, maxValue = 1, gain = 1, offset = 0, gamma = 1) {
    this.settings = { minValue, maxValue, gain, offset, gamma };
  }

  /** A new array of one number. */
  process(val) {
    return [_compress(this.settings, val)];
  }
}

/**
 * Maps minValue to 0 and maxValue to 1, linearly, and keeps the result within 0 to 1.
 *
 * Not on today's page, but used by converted scripts, among them one of the service's own client tests. With a gamma
 * other than 1 there is no upper limit: this, and the rest, is read from a public copy of the library of about 2019.
 *
 * @evidence observed
 */
class DefaultVisualizer {
  constructor(minValue = 0, maxValue = 1, gain = 1, offset = 0, gamma = 1) {
    this.settings = { minValue, maxValue, gain, offset, gamma };
  }

  /** A number. */
  process(val) {
    const x = _curve(this.settings, val);
    return this.settings.gamma === 1 ? _clamp(x) : x;
  }

  /** A new array with each value of a list, mapped. */
  processList(list) {
    return list.map((val) => this.process(val));
  }
}

/**
 * Gives a value back as an array: a number in an array of one, an array as a copy.
 *
 * Read from a public copy of the library of about 2019, not on today's page.
 *
 * @evidence observed
 */
class Identity {
  /** A new array. */
  process(val) {
    return Array.isArray(val) ? val.slice() : [val];
  }
}

/** The stretched value: gain and offset, then gamma. */
function _curve(settings, val) {
  const x =
    (settings.gain * (val - settings.minValue)) / (settings.maxValue - settings.minValue) + settings.offset;
  return settings.gamma === 1 ? x : Math.max(0, x) ** settings.gamma;
}

/** The stretched value with highlights squeezed, within 0 to 1. */
function _compress(settings, val) {
  const x = _curve(settings, val);
  const squeezed =
    settings.maxValue > 0 && settings.maxValue < 1 && x > 0.92 ? 0.92 + (x - 0.92) * (0.08 / 1.08) : x;
  return _clamp(squeezed);
}

/** The number within 0 to 1; NaN stays NaN. */
function _clamp(x) {
  return x <= 0 ? 0 : x >= 1 ? 1 : x;
}
