//VERSION=3
function setup() {
  return {
    input: [
      { datasource: "radar", bands: ["VV"] },
      { datasource: "optical", bands: ["B04", "B08"], mosaicking: "SIMPLE" },
    ],
    output: { bands: 2, sampleType: "FLOAT32" },
  };
}
const evaluatePixel = (samples) => [samples.radar[0].VV, index(samples.optical[0].B08, samples.optical[0].B04)];
