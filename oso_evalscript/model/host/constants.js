// The enumerations that scripts use in setup(), and the colour tables that the visualizers use.

/**
 * How outputs are stored: the words for `sampleType`.
 *
 * Known from the page on Evalscript V3. A misspelt member is undefined, so that the default applies without
 * complaint.
 *
 * @evidence documented
 */
const SampleType = {
  AUTO: "AUTO",
  UINT8: "UINT8",
  UINT16: "UINT16",
  INT8: "INT8",
  INT16: "INT16",
  FLOAT32: "FLOAT32",
};

/**
 * How scenes combine: the words for `mosaicking`.
 *
 * Known from the page on Evalscript V3. A misspelt member is undefined, so that the default applies without
 * complaint: observed at the service with `Mosaicking.TILES`.
 *
 * @evidence documented
 */
const Mosaicking = { SIMPLE: "SIMPLE", ORBIT: "ORBIT", TILE: "TILE" };

/**
 * The largest finite number, which `inverse` gives for 0.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
const JAVA_DOUBLE_MAX_VAL = 1.7976931348623157e308;

/**
 * Colours from blue over cyan, yellow and red to dark red, as fractions counted from the top.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
const blueRed = [
  [1.0, 0x000080],
  [0.875, 0x0000ff],
  [0.625, 0x00ffff],
  [0.375, 0xffff00],
  [0.125, 0xff0000],
  [0.0, 0x800000],
];

/**
 * Colours from black over red and orange to white, as fractions counted from the top.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
const redTemperature = [
  [1.0, 0x000000],
  [0.525, 0xae0000],
  [0.3, 0xff6e00],
  [0.25, 0xff8600],
  [0.0, 0xffffff],
];

/**
 * Colours from black over green to white, as fractions counted from the top.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
const greenWhite = [
  [1.0, 0x000000],
  [0.6, 0x006600],
  [0.3, 0x80b300],
  [0.0, 0xffffff],
];

/**
 * Colours from purple over blue, green, yellow and red to dark red; positions ascend, colours are arrays 0 to 1.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
const oceanColor = [
  [0.0, 147, 0, 108],
  [0.0471, 111, 0, 144],
  [0.098, 72, 0, 183],
  [0.149, 33, 0, 222],
  [0.2, 0, 10, 255],
  [0.2471, 0, 74, 255],
  [0.298, 0, 144, 255],
  [0.349, 0, 213, 255],
  [0.4, 0, 255, 215],
  [0.4471, 0, 255, 119],
  [0.498, 0, 255, 15],
  [0.549, 96, 255, 0],
  [0.6, 200, 255, 0],
  [0.6471, 255, 235, 0],
  [0.698, 255, 183, 0],
  [0.749, 255, 131, 0],
  [0.8, 255, 79, 0],
  [0.8471, 255, 31, 0],
  [0.898, 230, 0, 0],
  [0.949, 165, 0, 0],
  [1.0, 105, 0, 0],
].map(([position, ...channels]) => [position, normalizeRGB(channels)]);

/** Whether a table is one of those above, and not a script's own. */
function _isBuiltIn(table) {
  return table === blueRed || table === redTemperature || table === greenWhite || table === oceanColor;
}
