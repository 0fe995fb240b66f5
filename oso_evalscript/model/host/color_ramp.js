// Continuous colours between stops.

/**
 * Gives a value the colour between the two stops around it.
 *
 * At or below the first position the first colour, above the last one the last colour. With minVal and maxVal the
 * positions are stretched so that the smallest becomes minVal and the largest maxVal. Known from the page of utility
 * functions, as are the colours of the built-in tables, which `create...` stretches from minVal to maxVal.
 *
 * Inferred, since they reproduce every number of the page: a channel between two colours 0xRRGGBB is cut to a whole
 * step of 255, and a built-in table has its positions sorted while its colours keep their order. (An older text of the
 * page rounds, and the page of 2026 repeats it, with the gradient's numbers for the tables; but both list [0, 1, 0] at
 * a blue stop, which nothing explains.) A script's own stops are sorted with their colours, as published ramps with
 * falling positions look right only so. Channels given as arrays are cut too: the page lists the same numbers for both
 * forms. Not known: what NaN gives (here the last colour, by falling through).
 *
 * @evidence documented
 */
class ColorRampVisualizer {
  constructor(ramps, minVal, maxVal) {
    _needPairs("ColorRampVisualizer", ramps);
    const positions = [];
    const colors = [];
    for (let i = 0; i < ramps.length; i++) {
      positions[i] = +ramps[i][0];
      colors[i] = _color(ramps[i][1]);
    }
    const scale = _isBuiltIn(ramps) ? { positions: positions.sort((a, b) => a - b), colors } : _scale(positions, colors);
    _stretch(scale.positions, minVal, maxVal);
    // Stretched to a minVal above maxVal, positions fall; they are sorted again with their colours.
    this.scale = _scale(scale.positions, scale.colors);
  }

  /** A new array with the three channels of the colour. */
  process(value) {
    return _colorAt(this.scale, value, 0);
  }

  /**
   * A new visualizer whose colours run the other way. Documented; whether the positions are mirrored too is not
   * known, here they stay.
   */
  inverse() {
    const colors = this.scale.colors.slice().reverse();
    return new ColorRampVisualizer(this.scale.positions.map((position, i) => [position, colors[i]]));
  }

  /** From black over red to white; not the places of the gradient of that name. */
  static createRedTemperature(minVal = 0, maxVal = 1) {
    return new ColorRampVisualizer(redTemperature, minVal, maxVal);
  }

  /** From black over green to white, whatever the name says. */
  static createWhiteGreen(minVal = 0, maxVal = 1) {
    return new ColorRampVisualizer(greenWhite, minVal, maxVal);
  }

  /** From blue over green to red. */
  static createBlueRed(minVal = 0, maxVal = 1) {
    return new ColorRampVisualizer(blueRed, minVal, maxVal);
  }

  /** From purple over green to dark red. */
  static createOceanColor(minVal = 0, maxVal = 1) {
    return new ColorRampVisualizer(oceanColor, minVal, maxVal);
  }
}

/** Stretches ascending positions, in place, to the ends that are given; an end that is not given stays where it is. */
function _stretch(positions, minVal, maxVal) {
  if (minVal === undefined && maxVal === undefined) {
    return;
  }
  const first = positions[0];
  const last = positions[positions.length - 1];
  const low = minVal === undefined ? first : minVal;
  const high = maxVal === undefined ? last : maxVal;
  for (let i = 0; i < positions.length; i++) {
    const share = first === last ? 0 : (positions[i] - first) / (last - first);
    positions[i] = low * (1 - share) + high * share;
  }
}
