//VERSION=3
const BANDS = ["B02", "B03", "B04"];
const OUT = { bands: BANDS.length };
var setup = () => ({ input: [...BANDS, "dataMask"], output: OUT });
function evaluatePixel(s) {
  return BANDS.map((name) => 2.5 * s[name]);
}
