//VERSION=3
function setup() {
  return {
    input: ["B04", "B08", "SCL", "dataMask"],
    output: [
      { id: "ndvi", bands: ["value", "water"] },
      { id: "dataMask", bands: 1 },
    ],
  };
}
function evaluatePixel({ B04, B08, SCL, dataMask }) {
  const valid = [3, 8, 9, 10].includes(SCL) ? 0 : dataMask;
  return { ndvi: [index(B08, B04), SCL === 6 ? 1 : 0], dataMask: [valid] };
}
