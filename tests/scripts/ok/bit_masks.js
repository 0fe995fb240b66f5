//VERSION=3
// Short hexadecimal numbers and octal ones that are no colours.
const FLAGS = [[0x1, "cloud"], [0x10, "shadow"], [0x0100, "snow"]];
const LIMITS = [[1, 10], [2, 0550000]];
function setup() {
  return { input: ["BQA"], output: { bands: 1, sampleType: "UINT8" } };
}
function evaluatePixel(sample) {
  return [FLAGS.some(([flag]) => sample.BQA & flag) || sample.BQA > LIMITS[1][1] ? 1 : 0];
}
