//VERSION=3
const map = [[0, 0xffffff], [0.2, 0xd7c26b], [0.6, 0x2e8b2e], [1, 0x004000]];
const viz = new ColorRampVisualizer(map);
function setup() {
  return { input: ["B04", "B08", "dataMask"], output: { bands: 4 } };
}
function evaluatePixel(samples) {
  const value = index(samples.B08, samples.B04);
  const color = viz.process(value);
  color.push(samples.dataMask);
  return color;
}
