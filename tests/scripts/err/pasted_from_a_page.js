//Version 3
const viz = new ColorMapVisualizer([
  [1, 0 ff0000],
  [2, 0e1f2a]
  [3, 0550000],
  [4, 0x00ff00], [5, 0 123456],
]);
function setup() {
  return {
    input: ["OCS"],
    output: { id: "default" bands: 3 },
  };
}
function evaluatePixel(s) { return viz.process(s.OCS); }
