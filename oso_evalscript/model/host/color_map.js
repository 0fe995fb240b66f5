// Discrete colours. The library is made with `colorMapOrder`, "sorted" or "as-written".

/**
 * Gives a value the colour of the last pair that it reaches: the pairs are walked up to the first value above it.
 *
 * Below the first value the first colour, above the last one the last colour; of equal values the later wins (a
 * documented example has two pairs at 0). Known from the page of utility functions. Colours may be 0xRRGGBB, of which
 * process() gives the channels 0 to 1, or arrays of three channels, which stay as they are: arrays are used by
 * published scripts, the page has integers only.
 *
 * That NaN gives the last colour is read from a public copy of the library of about 2019. That pairs are sorted first
 * is inferred from published elevation layers with falling values; the copy of 2019 walks them as they are written.
 *
 * @evidence documented
 */
class ColorMapVisualizer {
  constructor(valColPairs) {
    _needPairs("ColorMapVisualizer", valColPairs);
    const values = [];
    const colors = [];
    for (let i = 0; i < valColPairs.length; i++) {
      values[i] = +valColPairs[i][0];
      colors[i] = valColPairs[i][1];
    }
    const scale = colorMapOrder === "sorted" ? _scale(values, colors) : { positions: values, colors };
    this.values = scale.positions;
    this.colors = scale.colors;
    this.drawn = [];
    for (let i = 0; i < valColPairs.length; i++) {
      this.drawn[i] = _color(this.colors[i]);
    }
    this.asked = 0;
    this.shares = null;
  }

  /** A new array with the three channels of the colour. */
  process(val) {
    if (this.shares === null) {
      if (this.asked++ < _OFTEN) {
        return _shares(this.drawn[this._find(val)]);
      }
      this.values = Float64Array.from(this.values);
      this.shares = Float64Array.from(this.drawn.flatMap(_shares));
    }
    const shares = this.shares;
    const at = 3 * this._find(val);
    return [shares[at], shares[at + 1], shares[at + 2]];
  }

  /** The colours of several values. Not documented; the public copy of about 2019 lacks it. */
  processList(list) {
    return list.map((val) => this.process(val));
  }

  /** The colour as the pair has it, usually 0xRRGGBB. Not documented; read from the public copy of about 2019. */
  getColorFromValue(val) {
    const color = this.colors[this._find(val)];
    return Array.isArray(color) ? color.slice() : color;
  }

  /** The number of the last pair before the first one whose value exceeds `val`, at least 0. */
  _find(val) {
    const values = this.values;
    let next = 1;
    if (!(values[0] > val)) {
      while (next < values.length && !(values[next] > val)) {
        next++;
      }
    }
    return next - 1;
  }

  /** The map of an index from -1 to 0.9 that the page of utility functions lists. */
  static createDefaultColorMap() {
    return new ColorMapVisualizer([
      [-1.0, 0x000000],
      [-0.2, 0xff0000],
      [-0.1, 0x9a0000],
      [0.0, 0x660000],
      [0.1, 0xffff33],
      [0.2, 0xcccc33],
      [0.3, 0x666600],
      [0.4, 0x33ffff],
      [0.5, 0x33cccc],
      [0.6, 0x006666],
      [0.7, 0x33ff33],
      [0.8, 0x33cc33],
      [0.9, 0x006600],
    ]);
  }
}
