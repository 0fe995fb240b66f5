//VERSION=3
function setup() {
  return { input: ["CO"], output: { bands: 0 + 1 }, mosaicking: "ORBIT" };
}
function updateOutput(output, collection) {
  output.default.bands = collection.scenes.length;
}
function evaluatePixel(samples) {
  const values = samples.map((sample) => sample.CO);
  return values;
}
