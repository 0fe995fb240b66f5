//VERSION=3
function setup() {
  return { input: ["B04"], output: { bands: 1 } };
}
function evaluatePixel(sample) {
  const extra = typeof sample.B99 === "undefined" ? 0 : sample.B99;
  throw new Error(JSON.stringify({ sample, extra }));
}
