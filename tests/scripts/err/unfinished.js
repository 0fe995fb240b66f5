//VERSION=3
function setup() {
  return { input: ["OCS"], output: { bands: 1 } };
}
function evaluatePixel(sample) {
  if (sample.OCS > 3 {
    return [1];
  }
