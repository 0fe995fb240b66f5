//VERSION=3
function setup() {
  return { input: ["SCL", "dataMask"], output: { bands: 4, sampleType: "UINT8" } };
}
function grey(level) {
  return [level, level, level];
}
function evaluatePixel(sample) {
  if (!sample.dataMask) return [0, 0, 0, 0];
  switch (sample.SCL) {
    case 4:
      return [0, 160, 0, 255];
    case 5:
      return [255, 230, 90, 255];
    case 6:
      return [0, 0, 255, 255];
    default:
      return grey(90).concat([255]);
  }
}
