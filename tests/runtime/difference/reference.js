// The reference of the differential test: evalscripts run in the plainest way, in node, written from the specification
// alone (its sections 2 to 4; S3.5 below means section 3.5). It shares no code with the runtime, only the text of the
// helper library, which is handed over. Slow and simple on purpose.
//
//   node reference.js JOB ANSWERS
//
// JOB holds { library, cases }; ANSWERS becomes a list with one answer per case. Arrays of numbers cross as float64,
// little-endian, in base64: every number of every element type is one.
"use strict";

const fs = require("fs");
const vm = require("vm");

const NODATA = { zero: 0, nan: NaN };

function decoded(text) {
  const bytes = Buffer.from(text, "base64");
  const numbers = [];
  for (let at = 0; at < bytes.length; at += 8) numbers.push(bytes.readDoubleLE(at));
  return numbers;
}

function encoded(numbers) {
  const bytes = Buffer.alloc(numbers.length * 8);
  numbers.forEach((number, i) => bytes.writeDoubleLE(number, i * 8));
  return bytes.toString("base64");
}

// --- S2: setup() ------------------------------------------------------------------------------------------------------

function readInputs(setup, sources) {
  const given = Array.isArray(setup.input) ? [...setup.input] : [setup.input];
  const objects = typeof given[0] === "string" ? [{ bands: given }] : given;
  return objects.map((object, index) => ({
    key: object.datasource === undefined ? String(index) : object.datasource,
    bands: [...object.bands],
    units: typeof object.units === "string" ? object.bands.map(() => object.units) : object.units,
    mosaicking: object.mosaicking || setup.mosaicking || "SIMPLE",
    bounds: (object.metadata || []).includes("bounds"),
    ...sources[index],
  }));
}

function readOutputs(setup) {
  const given = Array.isArray(setup.output) ? [...setup.output] : [setup.output];
  // S10: a list of names is for the Statistical API, whose default is FLOAT32; sample types are read in any case.
  const usual = given.some((output) => Array.isArray(output.bands)) ? "FLOAT32" : "AUTO";
  return given.map((output) => ({
    id: output.id === undefined ? "default" : output.id,
    type: output.sampleType === undefined ? usual : output.sampleType.toUpperCase(),
    bands: Array.isArray(output.bands) ? output.bands.length : output.bands,
  }));
}

// --- S2.4: scenes become slots, one for each element of `samples` -------------------------------------------------------

function inOrder(scenes, order) {
  const sorted = [...scenes]; // `sort` keeps the order of equals
  if (order === "leastCC") return sorted.sort((a, b) => a.cloudCoverage - b.cloudCoverage);
  if (scenes.some((scene) => scene.time === null)) return sorted;
  return sorted.sort((a, b) => (order === "mostRecent" ? b.time - a.time : a.time - b.time));
}

function slotsOf(input, order, fusion) {
  const scenes = inOrder(input.scenes, order);
  if (input.mosaicking === "SIMPLE") return fusion && scenes.length === 0 ? [] : [scenes];
  if (input.mosaicking === "TILE") return scenes.map((scene) => [scene]);
  const days = new Map();
  for (const scene of scenes) {
    const day = scene.date.slice(0, 10);
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(scene);
  }
  return [...days.values()];
}

function inWantedUnit(input, name, value) {
  if (name === "dataMask" || input.given === null) return value;
  const wanted = input.units ? input.units[input.bands.indexOf(name)].toUpperCase() : input.unit;
  if (wanted === input.given) return value;
  return wanted === "REFLECTANCE" ? value * input.factor : Math.round(value / input.factor);
}

// S2.2: no data is 0 (NaN for Landsat) with dataMask 0; a scene without dataMask has data everywhere.
function sampleOf(input, slot, pixel) {
  const top = slot.find((scene) => scene.bands.dataMask === undefined || scene.bands.dataMask[pixel] !== 0);
  const sample = {};
  for (const name of input.bands) {
    let value;
    if (name === "dataMask") value = top === undefined ? 0 : 1;
    else value = top === undefined ? NODATA[input.nodata] : inWantedUnit(input, name, top.bands[name][pixel]);
    Object.defineProperty(sample, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return sample;
}

// --- S3.2: scenes ----------------------------------------------------------------------------------------------------

function tileOf(input, scene) {
  const tile = { date: scene.date };
  for (const name of ["cloudCoverage", "dataPath", "shId"]) if (scene[name] !== null) tile[name] = scene[name];
  if (input.bounds && scene.geometry !== null) tile.dataGeometry = scene.geometry;
  return tile;
}

function entryOf(input, index, withTiles) {
  const slot = input.slots[index];
  if (input.mosaicking === "TILE") return { ...tileOf(input, slot[0]), __idx: index };
  const day = slot[0].date.slice(0, 10);
  const orbit = { dateFrom: `${day}T00:00:00Z`, dateTo: `${day}T23:59:59Z`, __idx: index };
  orbit.tiles = withTiles ? slot.map((scene) => tileOf(input, scene)) : []; // S10: printed by the service
  return orbit;
}

const listName = (input) => (input.mosaicking === "ORBIT" ? "orbits" : "tiles");

// An array with Date dates that has `orbits` or `tiles` too: the deprecated shape, that of updateOutput and of fusion.
// What stands there under SIMPLE is not said; nothing is read of it.
function scenesAsArray(input) {
  if (input.mosaicking === "SIMPLE") return [];
  const entries = input.chosen.map((index) => entryOf(input, index, true));
  const array = entries.map((entry) => ({ ...entry, date: new Date(entry.date || entry.dateFrom), idx: entry.__idx }));
  array[listName(input)] = entries;
  return array;
}

function scenesParameter(inputs, fusion) {
  if (!fusion) return inputs[0].mosaicking === "SIMPLE" ? {} : scenesAsArray(inputs[0]);
  return keyed(inputs, (input) => ({ scenes: scenesAsArray(input) }));
}

function keyed(inputs, make) {
  const object = {};
  for (const input of inputs) {
    Object.defineProperty(object, input.key, { value: make(input), writable: true, enumerable: true, configurable: true });
  }
  return object;
}

// --- S4: the hooks -----------------------------------------------------------------------------------------------------

function collectionOf(input, job) {
  if (input.mosaicking === "SIMPLE") return { scenes: {} };
  const collection = { scenes: { [listName(input)]: input.chosen.map((index) => entryOf(input, index, false)) } };
  if (input.mosaicking === "ORBIT" && job.from !== null) Object.assign(collection, { from: new Date(job.from), to: new Date(job.to) });
  return collection;
}

function runSceneHooks(script, inputs, fusion, job, metadata) {
  const many = inputs.filter((input) => input.mosaicking !== "SIMPLE");
  if (many.length === 0) return;
  if (script.preProcessScenes !== null) {
    const given = fusion ? keyed(inputs, (input) => collectionOf(input, job)) : collectionOf(inputs[0], job);
    const result = script.preProcessScenes(given);
    for (const input of many) {
      const collection = fusion ? result[input.key] : result;
      input.chosen = [...collection.scenes[listName(input)]].map((entry) => entry.__idx);
    }
  } else if (script.filterScenes !== null) {
    const request = { ...metadata, from: new Date(job.from), to: new Date(job.to) };
    many[0].chosen = [...script.filterScenes([...scenesAsArray(many[0])], request)].map((entry) => entry.__idx);
  }
}

function runUpdateOutput(script, inputs, outputs, fusion) {
  if (script.updateOutput === null) return;
  const object = {};
  for (const { id, bands } of outputs) object[id] = { bands };
  const collection = (input) => ({ scenes: scenesAsArray(input) });
  script.updateOutput(object, fusion ? keyed(inputs, collection) : collection(inputs[0]));
  for (const output of outputs) output.bands = object[output.id].bands;
}

// --- S3.4 and S3.5: what was returned, and how it is stored ---------------------------------------------------------------

class Wrong extends Error {}

function arrayOf(result, output, alone) {
  let value = result;
  const isObject = typeof result === "object" && result !== null && !Array.isArray(result);
  if (isObject) value = result[output.id];
  else if (!alone) throw new Wrong("several outputs need an object");
  if ((typeof value === "number" || typeof value === "boolean") && output.bands === 1) return [value];
  if (!Array.isArray(value)) throw new Wrong("Script must return an array.");
  if (value.length < output.bands) throw new Wrong("fewer values than bands"); // S10: surplus values are dropped
  return value;
}

const LIMITS = { AUTO: [0, 255], UINT8: [0, 255], INT8: [-128, 127], UINT16: [0, 65535], INT16: [-32768, 32767] };

function stored(element, type) {
  let v = NaN;
  if (typeof element === "number") v = element;
  if (typeof element === "boolean") v = element ? 1 : 0;
  if (type === "FLOAT32") return Math.fround(v);
  if (type === "AUTO") v = 255 * v;
  if (Number.isNaN(v)) return 0;
  const [low, high] = LIMITS[type];
  const rounded = Math.floor(v + 0.5);
  if (rounded < low) return low;
  if (rounded > high) return high;
  return rounded;
}

// --- The loop -----------------------------------------------------------------------------------------------------------

function load(library, job) {
  const context = vm.createContext({});
  vm.runInContext(library, context);
  if (job.simple !== null) return loadSimple(context, job);
  vm.runInContext(job.script, context, { filename: job.name });
  const functions = { setup: null };
  for (const name of ["setup", "evaluatePixel", "preProcessScenes", "filterScenes", "updateOutput", "updateOutputMetadata"]) {
    const there = vm.runInContext(`typeof ${name} === "function"`, context);
    functions[name] = there ? vm.runInContext(name, context) : null;
  }
  return functions;
}

// S1.2: the whole file is the body of a function for each pixel; without a `return` its value is the completion value.
function loadSimple(context, job) {
  const names = job.simple.bands;
  const body = job.simple.returns ? job.script : `return eval(${JSON.stringify(job.script)});`;
  const pixel = vm.runInContext(`(function (${names.join(", ")}) {\n${body}\n})`, context);
  const evaluatePixel = (sample) => pixel(...names.map((name) => sample[name]));
  const count = evaluatePixel(Object.fromEntries(names.map((name) => [name, 0]))).length;
  const setup = () => ({ input: [...names], output: { bands: count } });
  return { setup, evaluatePixel, preProcessScenes: null, filterScenes: null, updateOutput: null, updateOutputMetadata: null };
}

function run(library, job) {
  const script = load(library, job);
  const setup = script.setup();
  const inputs = readInputs(setup, job.sources);
  const outputs = readOutputs(setup);
  const fusion = inputs.length > 1;
  for (const input of inputs) {
    for (const scene of input.scenes) for (const name of Object.keys(scene.bands)) scene.bands[name] = decoded(scene.bands[name]);
    input.slots = slotsOf(input, job.order, fusion);
    input.chosen = input.slots.map((slot, index) => index);
  }
  const metadata = { serviceVersion: "reference" };
  if (job.normalizationFactor !== null) metadata.normalizationFactor = job.normalizationFactor;
  runSceneHooks(script, inputs, fusion, job, metadata);
  runUpdateOutput(script, inputs, outputs, fusion);
  const scenes = scenesParameter(inputs, fusion);
  const outputMetadata = {};
  const planes = outputs.map((output) => Array.from({ length: output.bands }, () => []));
  let silent = 0;
  for (let pixel = 0; pixel < job.pixels; pixel++) {
    const list = (input) => input.chosen.map((index) => sampleOf(input, input.slots[index], pixel));
    const samples = fusion ? keyed(inputs, list) : inputs[0].mosaicking === "SIMPLE" ? list(inputs[0])[0] : list(inputs[0]);
    try {
      const result = script.evaluatePixel(samples, scenes, metadata, {}, outputMetadata);
      if (result === undefined || result === null) {
        silent++; // S10: stored as 0
        outputs.forEach((output, o) => planes[o].forEach((plane) => plane.push(0)));
        continue;
      }
      outputs.forEach((output, o) => {
        const values = arrayOf(result, output, outputs.length === 1);
        for (let band = 0; band < output.bands; band++) planes[o][band].push(stored(values[band], output.type));
      });
    } catch (error) {
      return { failed: pixel, message: String(error), outputs: [], userData: null };
    }
  }
  if (script.updateOutputMetadata !== null) script.updateOutputMetadata(scenes, metadata, outputMetadata);
  const wantsData = script.updateOutputMetadata !== null || script.evaluatePixel.length >= 5;
  const answered = wantsData && silent > 0 && silent === job.pixels ? [] : outputs;
  return {
    failed: null,
    outputs: answered.map((output, o) => ({ ...output, values: encoded(planes[o].flat()) })),
    userData: outputMetadata.userData === undefined ? null : outputMetadata.userData,
  };
}

const [jobFile, answerFile] = process.argv.slice(2);
const { library, cases } = JSON.parse(fs.readFileSync(jobFile, "utf8"));
const answers = cases.map((job) => {
  try {
    return run(library, job);
  } catch (error) {
    return { failed: -1, message: String(error && error.stack), outputs: [], userData: null };
  }
});
fs.writeFileSync(answerFile, JSON.stringify(answers));
