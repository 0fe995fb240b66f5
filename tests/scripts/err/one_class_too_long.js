//VERSION=3
// Twenty classes return four values; one returns five.
function setup() {
  return { input: ["OCS"], output: { bands: 4 } };
}
function evaluatePixel(sample) {
  if (sample.OCS === 12) {
    return [170 / 255, 170 / 255, 97 / 255, 1];
  } else if (sample.OCS === 13) {
    return [170 / 255, 170 / 255, 0, 1, 1];
  }
  return sample.OCS === 14 ? [170 / 255, 170 / 255, 1] : [0, 0, 0, 0];
}
