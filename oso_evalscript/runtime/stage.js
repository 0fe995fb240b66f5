// The stage: what stands around a script in its isolate. It prepares the global object, calls the hooks, builds the
// parameters of evaluatePixel and words values for messages. The worker evaluates this function before anything
// else and keeps what it returns in a constant with an unguessable name.
//
// Sections are those of the service's page on V3 and of its user guide on metadata; what they leave open is marked.

(function (absent) {
  "use strict";

  // Taken before a script can change them: a patched prototype must not reach the stage or the kernel.
  const unbound = (method) => Function.prototype.call.bind(method);
  const { parse, stringify } = JSON;
  const { create, defineProperty, getOwnPropertyDescriptor, is, keys } = Object;
  const isArray = Array.isArray;
  const isFiniteNumber = Number.isFinite;
  const isWhole = Number.isInteger;
  const text = String;
  const Time = Date;
  const Failure = Error;
  const each = unbound(Array.prototype.forEach);
  const join = unbound(Array.prototype.join);
  const slice = unbound(String.prototype.slice);
  const wellFormed = unbound(String.prototype.toWellFormed); // half a character cannot be printed
  const arrayMethods = Array.prototype;
  const kinds = {
    __proto__: null,
    Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array,
  };

  // What compiled kernels are made with, and what they ask of V8.
  const { Memory, Module, Instance } = WebAssembly;
  const asked = { __proto__: null, rem: (a, b) => a % b };
  for (const name of Object.getOwnPropertyNames(Math)) asked[name] = Math[name];
  const PAGE = 2 ** 16;

  /** Memory of a fixed size, which a compiled kernel can work on. */
  const memory = (bytes) => {
    const pages = ((bytes + PAGE - 1) / PAGE) | 0;
    return new Memory({ __proto__: null, initial: pages, maximum: pages });
  };

  /** The function of a compiled kernel, whose bytes are given, over a memory. */
  const instantiate = (bytes, shared) => {
    const imports = { __proto__: null, e: { __proto__: null, memory: shared }, f: asked };
    const code = new kinds.Uint8Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) code[i] = bytes[i];
    return new Instance(new Module(code), imports).exports.run;
  };

  // An assignment would meet the setters, and `map` the species, that a script may have put on the prototypes.
  const put = (object, name, value) =>
    defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  const push = (list, value) => void put(list, list.length, value);
  const map = (list, value) => {
    const result = [];
    for (let i = 0; i < list.length; i++) put(result, i, value(list[i], i));
    return result;
  };
  const select = (list, wanted) => {
    const result = [];
    for (let i = 0; i < list.length; i++) if (wanted(list[i])) push(result, list[i]);
    return result;
  };

  /** What the stage itself made, as JSON; `stringify` would ask for a `toJSON` that a script may have defined. */
  const write = (value) => {
    if (isArray(value)) return `[${join(map(value, write), ",")}]`;
    if (typeof value !== "object" || value === null) return stringify(value);
    return `{${join(map(keys(value), (name) => `${stringify(name)}:${write(value[name])}`), ",")}}`;
  };

  each(absent, (name) => Reflect.deleteProperty(globalThis, name) || (globalThis[name] = undefined));

  // --- What is told to the caller beside the pixels -----------------------------------------------------------------

  const LOGGED_LINES = 100;
  const LOGGED_LENGTH = 500;
  const MOST_TEXT = 2 ** 23; // characters of what setup() returned or of user data, as JSON

  let notices = create(null);
  let lines = [];
  let dropped = 0;

  const notice = (sentence) => void (notices[sentence] = true);

  /** The beginning of a text, fit to be written as UTF-8. */
  const cut = (words, length) => wellFormed(slice(words, 0, length));

  const log = (...values) => {
    if (lines.length >= LOGGED_LINES) {
      dropped++;
      return;
    }
    const words = map(values, (value) => cut(typeof value === "string" ? value : show(value), LOGGED_LENGTH));
    push(lines, [stage.kernel === undefined ? -1 : stage.kernel.at(), cut(join(words, " "), LOGGED_LENGTH)]);
  };

  // The service has no console that could be read (a public client says so): this one is for local use.
  const console = { log, info: log, warn: log, error: log, debug: log };
  defineProperty(globalThis, "console", { __proto__: null, value: console, writable: true, configurable: true });

  /** What has been noticed and logged since the last call, as JSON. */
  const told = () => {
    const answer = write({ notices: keys(notices), lines, dropped });
    notices = create(null);
    lines = [];
    dropped = 0;
    return answer;
  };

  // --- Values in words ----------------------------------------------------------------------------------------------

  const SHOWN_ITEMS = 20;
  const SHOWN_DEPTH = 4;
  const SHOWN_LENGTH = 2000; // of all items together

  /** A value as a person would write it in JavaScript, cut where it is long; never throws. */
  const show = (value, depth = 0) => {
    try {
      if (typeof value === "string") return stringify(cut(value, SHOWN_LENGTH));
      if (typeof value === "function") return "a function";
      if (typeof value !== "object" || value === null) return cut(text(value), SHOWN_LENGTH);
      if (value instanceof Time) return cut(text(stringify(value)), SHOWN_LENGTH);
      if (value instanceof Failure) return cut(text(value), SHOWN_LENGTH);
      if (depth === SHOWN_DEPTH) return isArray(value) ? "[…]" : "{…}";
      const names = isArray(value) ? undefined : keys(value);
      const total = isArray(value) ? value.length : names.length;
      const items = [];
      let length = 0;
      let i = 0;
      for (; i < total && i < SHOWN_ITEMS && length < SHOWN_LENGTH; i++) {
        const name = names === undefined ? "" : `${cut(names[i], SHOWN_LENGTH)}: `;
        push(items, name + show(value[names === undefined ? i : names[i]], depth + 1));
        length += items[i].length;
      }
      if (i < total) push(items, "…");
      if (names === undefined) return `[${join(items, ", ")}]`;
      return items.length === 0 ? "{}" : `{ ${join(items, ", ")} }`;
    } catch (error) {
      return "a value that cannot be shown";
    }
  };

  /** The length of an array, -1 where a proxy says something else. */
  const count = (list) => {
    const length = list.length;
    return isWhole(length) ? length : -1;
  };

  /** What kind of thing was returned. */
  const kind = (value) => {
    if (value === undefined) return "nothing";
    if (value === null) return "null";
    if (isArray(value)) {
      const length = count(value);
      return length < 0 ? "an array without a length" : length === 1 ? "an array of 1 value" : `an array of ${length} values`;
    }
    if (typeof value === "object") return "an object";
    if (typeof value === "function") return "a function";
    return `the ${typeof value} ${cut(text(value), SHOWN_ITEMS)}`;
  };

  /** What was wrong with a returned value, as JSON for the caller. */
  const wrong = (output, result, values, element = -1) =>
    write({
      output, result: kind(result), values: kind(values), shown: show(result),
      element, is: element < 0 ? "" : kind(values[element]),
      keys: typeof result === "object" && result !== null && !isArray(result) ? ownNames(result) : null,
    });

  /** The first names of an object, each with how many values it holds: 1 for a number, -1 for anything else. */
  const ownNames = (object) => {
    try {
      const names = keys(object);
      const found = [];
      for (let i = 0; i < names.length && i < SHOWN_ITEMS; i++) {
        const value = object[names[i]];
        push(found, [cut(names[i], SHOWN_LENGTH), isArray(value) ? count(value) : typeof value === "number" ? 1 : -1]);
      }
      return found;
    } catch (error) {
      return [];
    }
  };

  // --- setup() ------------------------------------------------------------------------------------------------------

  const wrap = (key, value) => {
    if (typeof value === "string") return wellFormed(value);
    return typeof value === "number" && !isFiniteNumber(value) ? { $number: text(value) } : value;
  };

  /** JSON of what a script made, where the caller can take so much. */
  const affordable = (json, what) => {
    if (json.length > MOST_TEXT) throw new Failure(`${what} is more than ${MOST_TEXT} characters of JSON`);
    return json;
  };

  /** The value of setup() as JSON; numbers that JSON lacks are wrapped. */
  const describe = (setup) => affordable(stringify(setup(), wrap) ?? "null", "what setup() returns");

  /** How many parameters a function declares. */
  const parametersOf = (evaluatePixel) => {
    const length = evaluatePixel.length; // which a script may define anew
    return isWhole(length) && length >= 0 && length < 256 ? length : 0;
  };

  /** How many values a simple script returns, found by running it where every band is 0; -1 where it is no array. */
  const measure = (evaluatePixel, bands) => {
    const sample = {};
    each(bands, (name) => put(sample, name, 0));
    const value = evaluatePixel(sample);
    return isArray(value) ? count(value) : typeof value === "number" || typeof value === "boolean" ? 1 : -1;
  };

  // --- The scenes of a run ------------------------------------------------------------------------------------------

  // A source is { key, mosaicking, from, to, slots: [{ dateFrom, dateTo, tiles: [{ date, … }] }] }. A slot is what one
  // element of `samples` comes from: a day under ORBIT, a scene under TILE, everything under SIMPLE.

  const LISTS = { __proto__: null, ORBIT: "orbits", TILE: "tiles" };

  /** The documented entries of a source: orbits or tiles, each with the number of its slot; orbits may lack their tiles. */
  const entries = (source, slots, withTiles) =>
    map(slots, (index) => {
      const slot = source.slots[index];
      if (source.mosaicking === "TILE") return { ...slot.tiles[0], __idx: index };
      const orbit = { dateFrom: slot.dateFrom, dateTo: slot.dateTo, __idx: index };
      return { ...orbit, tiles: withTiles ? slot.tiles : [] };
    });

  /** The same entries as V1 had them: `date` is a Date. */
  const datedEntries = (source, slots) =>
    map(entries(source, slots, true), (entry) => ({ ...entry, date: new Time(entry.date ?? entry.dateFrom), idx: entry.__idx }));

  /** An array of dated entries that also carries the documented list (inferred from published fusion scripts). */
  const listOfBoth = (source, slots) => {
    const list = datedEntries(source, slots);
    const name = LISTS[source.mosaicking];
    if (name !== undefined) defineProperty(list, name, { __proto__: null, value: entries(source, slots, true), writable: true });
    return list;
  };

  /** The object with `orbits` or `tiles`; it can be read as an array too, as it could before V3 (deprecated). */
  const scenesOf = (source, slots) => {
    if (source.mosaicking === "SIMPLE") return {};
    const scenes = create(arrayMethods);
    put(scenes, LISTS[source.mosaicking], entries(source, slots, true));
    const dated = datedEntries(source, slots);
    const serve = (name, value) =>
      defineProperty(scenes, name, {
        __proto__: null,
        get() {
          notice("scenes is read as an array; that is deprecated: use scenes.orbits or scenes.tiles");
          return value;
        },
      });
    serve("length", dated.length);
    for (let i = 0; i < dated.length; i++) serve(i, dated[i]);
    return scenes;
  };

  const byKey = (sources, value) => {
    const result = {};
    each(sources, (source) => put(result, source.key, value(source)));
    return result;
  };

  /** What preProcessScenes is given for one source. */
  const collectionOf = (source) => {
    const list = LISTS[source.mosaicking];
    if (list === undefined) return { scenes: {} };
    const scenes = { [list]: entries(source, source.all, false) };
    // `from` and `to` are listed for ORBIT alone.
    return list === "orbits" ? { from: new Time(source.from), to: new Time(source.to), scenes } : { scenes };
  };

  /** The slots that a list of entries means, in its order. */
  const slotsOf = (source, list, hook) => {
    if (!isArray(list)) throw new Failure(`${hook} must return the scenes it was given, as many as are wanted, not ${kind(list)}`);
    const slots = [];
    for (let i = 0; i < list.length; i++) { // not `map`, which passes over holes
      const entry = list[i];
      const index = entry === null || typeof entry !== "object" ? undefined : entry.__idx;
      if (!isWhole(index) || !(index >= 0 && index < source.slots.length)) {
        throw new Failure(`${hook} returned a scene that it was not given: ${show(entry)}`);
      }
      push(slots, index);
    }
    return slots;
  };

  /** Let preProcessScenes choose and order the slots of each source. */
  const preProcess = (request, hook) => {
    const given = request.fusion ? byKey(request.sources, collectionOf) : collectionOf(request.sources[0]);
    const result = hook(given);
    each(request.sources, (source) => {
      const list = LISTS[source.mosaicking];
      if (list === undefined) return;
      const collection = request.fusion ? result?.[source.key] : result;
      if (collection === undefined || collection === null) {
        throw new Failure(`preProcessScenes returned ${kind(result)}; it must return the collections it was given`);
      }
      source.chosen = slotsOf(source, collection.scenes?.[list], "preProcessScenes");
    });
  };

  /** Let filterScenes, as it was before V3, choose and order the slots. */
  const filter = (source, hook) => {
    notice("filterScenes is from before V3 and deprecated: use preProcessScenes");
    const metadata = { ...stage.parameters.inputMetadata, from: new Time(source.from), to: new Time(source.to) };
    source.chosen = slotsOf(source, hook(datedEntries(source, source.all), metadata), "filterScenes");
  };

  /** The number of bands of each output, as updateOutput sets them. */
  const changedOutputs = (request, hook) => {
    const output = {};
    each(request.outputs, ({ id, bands }) => put(output, id, { bands }));
    const collection = (source) => ({ scenes: listOfBoth(source, source.chosen) });
    hook(output, request.fusion ? byKey(request.sources, collection) : collection(request.sources[0]));
    return map(request.outputs, ({ id }) => {
      const bands = output[id]?.bands;
      if (!isWhole(bands) || bands < 0) throw new Failure(`updateOutput set ${id}.bands to ${show(bands)}, which is no number of bands`);
      return bands;
    });
  };

  /** Call the hooks that come before the pixels; the answer, as JSON, is the slots and the numbers of bands to use. */
  const begin = (json, hooks) => {
    const request = parse(json);
    if (stage.kernel !== undefined) stage.kernel.reset();
    stage.parameters = { scenes: undefined, inputMetadata: request.inputMetadata, customData: {}, outputMetadata: {} };
    request.sources = map(request.sources, (source) => {
      const all = map(source.slots, (slot, index) => index);
      return { ...source, all, chosen: all };
    });
    const many = select(request.sources, (source) => source.mosaicking !== "SIMPLE");
    if (many.length > 0 && hooks.preProcessScenes !== undefined) preProcess(request, hooks.preProcessScenes);
    else if (many.length === 1 && hooks.filterScenes !== undefined) filter(many[0], hooks.filterScenes);
    const bands = hooks.updateOutput === undefined ? null : changedOutputs(request, hooks.updateOutput);
    stage.parameters.scenes = request.fusion
      ? byKey(request.sources, (source) => ({ scenes: listOfBoth(source, source.chosen) }))
      : request.withoutScenes ? null : scenesOf(request.sources[0], request.sources[0].chosen);
    return write({ slots: map(request.sources, (source) => source.chosen), bands });
  };

  /** Call the hook that comes after the pixels; the answer is the user data as JSON, null where there is none. */
  const finish = (hook) => {
    const { scenes, inputMetadata, outputMetadata } = stage.parameters;
    const { kernel } = stage;
    stage.kernel = undefined; // what the hook logs belongs to no pixel
    try {
      if (hook !== undefined) hook(scenes, inputMetadata, outputMetadata);
    } finally {
      stage.kernel = kernel;
    }
    const data = getOwnPropertyDescriptor(outputMetadata, "userData") === undefined ? undefined : outputMetadata.userData;
    let json;
    try {
      json = stringify(data);
    } catch (error) {
      throw new Failure(`outputMetadata.userData cannot be written as JSON: ${show(error)}`);
    }
    return json === undefined ? null : affordable(json, "outputMetadata.userData");
  };

  // `Arrays` tells a plain array faster than `isArray`, which keeps V8 from leaving the array unbuilt.
  const stage = {
    isArray, is, Arrays: Array, kinds, memory, instantiate, now: Time.now, put, write, wrong, kind, describe, parametersOf, measure, begin, finish, told, show,
    kernel: undefined,
    parameters: undefined,
  };
  return stage;
})
