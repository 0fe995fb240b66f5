//VERSION=3 (monthly mean)
function setup() {
  return {
    input: [{ bands: ["B04", "B08", "dataMask"], units: "DN" }],
    output: [
      { id: "mean", bands: 1, sampleType: SampleType.FLOAT32 },
      { id: "count", bands: 1, sampleType: "UINT16" },
    ],
    mosaicking: Mosaicking.ORBIT,
  };
}

function preProcessScenes(collections) {
  collections.scenes.orbits = collections.scenes.orbits.filter((orbit) => new Date(orbit.dateFrom).getUTCMonth() === 5);
  return collections;
}

function evaluatePixel(samples) {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < samples.length; i++) {
    if (samples[i].dataMask) {
      sum += index(samples[i].B08, samples[i].B04);
      count++;
    }
  }
  return { mean: [count > 0 ? sum / count : NaN], count: [count] };
}
