//VERSION=3
// What sloppy code may do: hoisting, labels, `arguments`, late `var`, one name in several places.
var BANDS = ["B04", "B08"];
function setup() {
  return { input: [{ bands: BANDS.concat(["dataMask"]) }], output: { bands: 2, sampleType: "FLOAT32" } };
}
var table = [[1, 2], [3, 4]], flags = { cloud: 1 << 3, snow: 0x10 };
function first() {
  return arguments.length ? arguments[0] : limit;
}
var limit = Infinity;
function evaluatePixel(samples) {
  var v = first(samples.B04, table[0][1]);
  outer: for (var i = 0; i < table.length; i++) {
    for (const [low, { high = low } = {}] of [table[i]]) {
      if (high > v) continue outer;
      if (isNaN(low)) break outer;
    }
  }
  switch (i) {
    case 1:
      return [NaN, 1];
      break;
    case 2: {
      var swapped = samples.B08;
    }
  }
  try {
    if (typeof debugged !== "undefined" && debugged) throw new Error(JSON.stringify(samples));
  } catch (error) {
    var error = error.message;
  }
  const again = function self(n) { return n > 0 ? self(n - 1) : globalThis.undefined; };
  const bits = (flags.cloud | flags.snow) & 0xff ^ flags.cloud;
  var v = swapped || again(2) || new Float32Array([bits]).length;
  return samples.dataMask == 1 ? [v, Math.max(...table.map((row) => row[0]))] : [0, 0];
}
