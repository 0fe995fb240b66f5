// Classes that turn a value into a colour.
// @see documentation.dataspace.copernicus.eu SentinelHub/Evalscript, utility functions
// process() returns a new array at each call: scripts push dataMask onto it.

var ColorMapVisualizer, ColorRampVisualizer;

(function () {
  "use strict";

  /** Pairs [value, colour] in ascending order of value; pairs of equal value keep their order. */
  function ascending(pairs) {
    return pairs.slice().sort((a, b) => a[0] - b[0]);
  }

  /** The channels 0 to 255 of a colour 0xRRGGBB. */
  function bytes(color) {
    return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
  }

  /** The channels 0 to 1 of a colour given as 0xRRGGBB or as an array. */
  function shares(color) {
    return typeof color === "number" ? bytes(color).map((channel) => channel / 255) : color.slice(0, 3);
  }

  /**
   * Discrete colours: the colour of the last pair whose value does not exceed the input.
   *
   * Below the first value the first colour, above the last value the last colour (documented); NaN gives the last
   * colour (read from a public copy of the library of about 2019). Unsorted pairs are sorted by value (inferred from
   * published elevation layers).
   */
  ColorMapVisualizer = class ColorMapVisualizer {
    constructor(pairs) {
      const sorted = ascending(pairs);
      this.values = sorted.map((pair) => pair[0]);
      this.colors = sorted.map((pair) => shares(pair[1]));
    }

    process(value) {
      const values = this.values;
      let last = 0;
      for (let i = 0; i < values.length; i++) {
        if (values[i] > value) {
          break;
        }
        last = i;
      }
      const color = this.colors[last];
      return [color[0], color[1], color[2]];
    }
  };

  /**
   * Continuous colours: linear between two stops; of colours given as integers each channel is truncated to a whole
   * step of 255.
   *
   * At or below the first position the first colour, above the last one the last colour (documented). With minVal and
   * maxVal the positions are stretched so that the smallest becomes minVal and the largest maxVal. That channels are
   * truncated is inferred: it reproduces every documented number. Stops in falling order are sorted, each position
   * keeping its colour (inferred from published layers). NaN falls through to the last colour (not documented).
   */
  ColorRampVisualizer = class ColorRampVisualizer {
    constructor(ramp, minVal, maxVal) {
      const sorted = ascending(ramp);
      const first = sorted[0][0];
      const scale = (maxVal - minVal) / (sorted[sorted.length - 1][0] - first);
      this.values = sorted.map((stop) => (scale === scale ? minVal + (stop[0] - first) * scale : stop[0]));
      this.full = sorted.every((stop) => typeof stop[1] === "number") ? 255 : 1;
      this.colors = sorted.map((stop) => (this.full === 255 ? bytes(stop[1]) : shares(stop[1])));
    }

    process(value) {
      const values = this.values;
      const colors = this.colors;
      const last = values.length - 1;
      if (value <= values[0]) {
        return this.between(colors[0], colors[0], 0);
      }
      for (let i = 1; i <= last; i++) {
        if (value <= values[i]) {
          return this.between(colors[i - 1], colors[i], (value - values[i - 1]) / (values[i] - values[i - 1]));
        }
      }
      return this.between(colors[last], colors[last], 0);
    }

    between(from, to, t) {
      const red = from[0] * (1 - t) + to[0] * t;
      const green = from[1] * (1 - t) + to[1] * t;
      const blue = from[2] * (1 - t) + to[2] * t;
      return this.full === 255 ? [(red | 0) / 255, (green | 0) / 255, (blue | 0) / 255] : [red, green, blue];
    }
  };
})();
