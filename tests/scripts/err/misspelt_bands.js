function setup() {
  return { input: ["B04", "B08", "B8A"], output: [{ id: "default", bands: 2 }, { id: "mask", bands: 1 }] };
}
function evaluatePixel(samples) {
  let ndvi = index(samples.B8, samples.B04);
  return { default: [ndvi, samples["b8a"]], mask: [samples.dataMask, 1] };
}
