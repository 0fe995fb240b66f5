// A script in the plainest loop: a sample is made for each pixel, and what comes back is stored. Prints the processor
// time of the loop in seconds.
//
//   node node_loop.js JOB
"use strict";

const fs = require("fs");
const vm = require("vm");

const TYPES = {
  uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array, float64: Float64Array,
};
const LIMITS = { AUTO: [0, 255], UINT8: [0, 255], INT8: [-128, 127], UINT16: [0, 65535], INT16: [-32768, 32767] };

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
vm.runInThisContext(job.library);
const { setup, evaluatePixel } = vm.runInThisContext(`${job.script}\n({ setup, evaluatePixel })`);
const contract = setup();
const output = contract.output;
const type = output.sampleType || "AUTO";
const planes = Array.from({ length: output.bands }, () => new TYPES[job.stored[type]](job.pixels));

// Source → slots → bands → values.
const sources = {};
for (const plane of job.planes) {
  const bytes = fs.readFileSync(plane.path);
  const values = new TYPES[plane.type](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const slots = (sources[plane.source] = sources[plane.source] || []);
  (slots[plane.slot] = slots[plane.slot] || []).push([plane.band, values]);
}

// The function that makes a sample, written for the bands as one would by hand.
const listed = contract.mosaicking !== undefined || sources.samples === undefined;
const arrays = [];
const sample = (source, slot) =>
  `{ ${sources[source][slot].map(([band, values]) => `${band}: a${arrays.push(values) - 1}[i]`).join(", ")} }`;
const list = (source) => `[${sources[source].map((_, slot) => sample(source, slot)).join(", ")}]`;
const text = sources.samples === undefined
  ? `{ ${Object.keys(sources).map((source) => `${source}: ${list(source)}`).join(", ")} }`
  : listed ? list("samples") : sample("samples", 0);
const samplesAt = new Function(...arrays.map((_, n) => `a${n}`), `return (i) => (${text});`)(...arrays);

const store = type === "FLOAT32"
  ? (plane, i, value) => { plane[i] = value; }
  : (() => {
      const [low, high] = LIMITS[type], factor = type === "AUTO" ? 255 : 1;
      return (plane, i, value) => { plane[i] = Math.max(low, Math.min(high, Math.floor(value * factor + 0.5))); };
    })();

function loop() {
  for (let i = 0; i < job.pixels; i++) {
    const values = evaluatePixel(samplesAt(i), undefined, undefined, {}, {});
    for (let band = 0; band < planes.length; band++) store(planes[band], i, Number(values[band]));
  }
}

const before = process.cpuUsage();
loop();
const used = process.cpuUsage(before);
console.log(JSON.stringify({ seconds: (used.user + used.system) / 1e6 }));
