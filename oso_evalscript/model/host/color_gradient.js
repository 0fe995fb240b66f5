// The older class for continuous colours.

/**
 * Gives a value the colour between two stops, whose positions are fractions counted from the top: 1 stands for minVal.
 *
 * At or below minVal the first colour, at or above maxVal the last one; in between channels of 0xRRGGBB are rounded to
 * the nearest step of 255. The numbers are known from the page of utility functions, which since 2026 no longer lists
 * the class; that fractions count from the top and that channels are rounded is read from a public copy of the library
 * of about 2019 and gives each number. Not known: colours as arrays (here not rounded), NaN (here the last colour) and
 * stops whose fractions ascend (here the smallest position comes first).
 *
 * @deprecated in favour of ColorRampVisualizer, by the page of utility functions
 * @evidence documented
 */
class ColorGradientVisualizer {
  constructor(valColPairs, minVal = 0, maxVal = 1) {
    _needPairs("ColorGradientVisualizer", valColPairs);
    const positions = [];
    const colors = [];
    for (let i = 0; i < valColPairs.length; i++) {
      const pair = valColPairs[i];
      positions[i] = minVal * pair[0] + maxVal * (1 - pair[0]);
      colors[i] = _color(pair[1]);
    }
    this.scale = _scale(positions, colors);
  }

  /** A new array with the three channels of the colour. */
  process(val) {
    return _colorAt(this.scale, val, 0.5);
  }

  /** From black over red to white. */
  static createRedTemperature(minVal = 0, maxVal = 1) {
    return new ColorGradientVisualizer(redTemperature, minVal, maxVal);
  }

  /** From black over green to white. */
  static createWhiteGreen(minVal = 0, maxVal = 1) {
    return new ColorGradientVisualizer(greenWhite, minVal, maxVal);
  }

  /** From blue over green to red. */
  static createBlueRed(minVal = 0, maxVal = 1) {
    return new ColorGradientVisualizer(blueRed, minVal, maxVal);
  }
}
