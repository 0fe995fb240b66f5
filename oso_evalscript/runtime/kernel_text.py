"""The parts of the kernel that all scripts share, as templates in JavaScript."""

from __future__ import annotations

KERNEL = """function (evaluatePixel, stage) {
  "use strict";
  const isArray = stage.isArray, Arrays = stage.Arrays, wrong = stage.wrong, now = stage.now;
  const { %(kinds)s } = stage.kinds;  // never the script's own, which could hand the buffer out
  const memory = stage.memory(%(memory)d), buffer = memory.buffer;
%(arrays)s
  let marked = 0, surplus = [], strange = [], half = 0;
  const soiled = [false, false];  // whether pixels of a half are marked
  const mark = (i, bit) => { marked |= bit; soiled[half] = true; marks[i] |= bit; };
  const begin = (first) => {
    half = first === 0 ? 0 : 1;
    marked = 0; surplus = []; strange = [];
    if (!soiled[half]) return;
    soiled[half] = false;
    for (let at = first; at < first + %(stride)d; at++) marks[at] = 0;
  };
  const hush = (i) => {
    mark(i, 1);
%(hush)s
  };
  const exceed = (i, output, length) => {
    if ((marked & 2) === 0) surplus = [output, length];
    mark(i, 2);
  };
  const number = (value, i, output, band) => {
    if (typeof value === "boolean") return value ? 1 : 0;
    if ((marked & 4) === 0) strange = [output, band, stage.kind(value)];
    mark(i, 4);
    return NaN;
  };
  const single = (value) => typeof value === "number" || typeof value === "boolean" ? %(scalar)s : null;
%(find)s
%(look)s
  const seen = [%(counted)s];
  let pixel = -1, last, fast;
%(compiled)s
  return {
    buffer,
    attach(code) { fast = stage.instantiate(code, memory); fast(0, 1); remember(); },
    detach(wrongly) { fast = undefined; if (wrongly) undo(); },
    check,
    begin,
    at: () => pixel,
    noted: () => stage.write({ surplus, strange }),
    last: () => stage.show(last),
    fits: () => stage.write(tell()),
    reset() { pixel = -1; last = undefined; forget(); },
    run(from, count, base, milliseconds) {
      if (fast !== undefined) return runFast(from, count, base, milliseconds);
      const { scenes, inputMetadata, customData, outputMetadata } = stage.parameters;
      const until = now() + milliseconds;
      let i = from, step = 1;
      try {
        while (i < count) {
          const end = i + step < count ? i + step : count;
          for (; i < end; i++) {
            let values, v, given, band;
%(body)s
          }
          if (i < count && now() >= until) return i;
          if (step < %(step)d) step *= 2;
        }
      } finally {
        pixel = i + base;
      }
      return marked !== 0 ? -1 : count;
    },
  };
}"""
"""Around the pixel loop; `kernel` describes its functions."""

COMPILED = """%(inspect)s
  const left = new Uint8Array(buffer, %(left)d, %(capacity)d);
  let redone = 0;
  const redo = (from, to, base, all) => {
    const { scenes, inputMetadata, customData, outputMetadata } = stage.parameters;
    let i = from;
    try {
      for (; i < to; i++) {
        if (left[i] === 0 && !all) continue;
        redone++;
        let values, v, given, band;
%(body)s
      }
    } finally {
      pixel = i + base;
    }
    return undefined;
  };
  // Where most pixels of a chunk are left to JavaScript, the next chunks run there alone, more and more of them.
  let alone = 0, pause = 1;
  const runFast = (from, count, base, milliseconds) => {
    const until = now() + milliseconds;
    for (let i = from; i < count; ) {
      const next = (i | (%(chunk)d - 1)) + 1, end = next < count ? next : count;
      if (alone > 0 || fast(i, end) !== 0) {
        redone = 0;
        const wrongly = redo(i, end, base, alone > 0);
        if (wrongly !== undefined) return wrongly;
      }
      if (alone > 0) alone--;
      else if (redone > (end - i) * %(share)r) { alone = pause; if (pause < %(longest)d) pause *= 2; }
      else pause = 1;
      redone = 0;
      inspect(i, end, base);
      i = end;
      pixel = i + base;
      if (i < count && now() >= until) return i;
    }
    return marked !== 0 ? -1 : count;
  };
  const planes = [%(stored)s];
  const stored = (i) => {
    const list = [];
    for (let o = 0; o < planes.length; o++) {
      for (let n = 0; n < planes[o][1]; n++) stage.put(list, list.length, planes[o][0][i + n * %(capacity)d]);
    }
    return list;
  };
  const check = (first, count, base) => {
    const size = count - first, step = size < %(sampled)d ? 1 : (size / %(sampled)d) | 0;
    let different = 0;
    for (let i = first; i < count; i += step) {
      const before = stored(i);
      const wrongly = left[i] === 0 ? redo(i, i + 1, base, true) : undefined;
      const after = stored(i);
      let equal = wrongly === undefined;
      for (let n = 0; n < after.length; n++) if (!stage.is(before[n], after[n])) equal = false;
      if (!equal) different++;
    }
    return different;
  };"""
"""The loop over a compiled kernel's chunks, and over the pixels that it leaves out or is checked at."""

# What is seen lies in own properties, which a script cannot intercept. The numbers a, b and c are different, and so are
# the stored values x, y and z; NaN where there is none so far.
LOOK = """  const codes = { __proto__: null, %(codes)s };
  const among = (plane, value, i, slots) => {
    for (let s = 0; s < slots; s++) if (plane[i + s * %(capacity)d] === value) return true;
    return false;
  };
  const isOwn = (value, i) => %(own)s;
  const times = (i) => %(times)s;  // how many pixels are as this one
  const counted = () => ({
    nan: 0, nanAt: -1, below: 0, above: 0, own: 0, cut: 0, cutAt: -1, code: 0, foreign: 0, foreignAt: -1,
    a: NaN, aAt: -1, b: NaN, bAt: -1, c: NaN, cAt: -1,
    x: NaN, xAt: -1, y: NaN, yAt: -1, z: NaN, zAt: -1, settled: false,
  });
  const forget = () => {
    for (let i = 0; i < seen.length; i++) stage.put(seen, i, counted());
  };
  // Beside equal ones those that differ by rounding errors alone.
  const size = (value) => value < 0 ? -value : value;
  const alike = (one, other) => {
    const most = %(rounding)r * size(size(one) < size(other) ? one : other);
    return one === other || most < Infinity && size(one - other) <= most;
  };
  const distinguish = (band, value, kept, at) => {
    if (kept !== band.x && kept !== band.y) {
      if (band.x !== band.x) { band.x = kept; band.xAt = at; }
      else if (band.y !== band.y) { band.y = kept; band.yAt = at; }
      else { band.z = kept; band.zAt = at; band.settled = true; }
    }
    if (alike(value, band.a) || alike(value, band.b)) return;
    if (band.a !== band.a) { band.a = value; band.aAt = at; }
    else if (band.b !== band.b) { band.b = value; band.bAt = at; }
    else if (band.c !== band.c) { band.c = value; band.cAt = at; }
  };
  // One value, as it was returned, scaled for its type, and stored; `own`: only the pixel's own codes are codes.
  const look = (band, value, scaled, low, high, kept, own, i, at) => {
    if (value !== value) {
      if (low === undefined) return;
      if (band.nan === 0) band.nanAt = at;
      band.nan += times(i);
      return;
    }
    // Half a step beyond the ends still rounds to them.
    if (low !== undefined && !(scaled >= low - 0.5 && scaled < high + 0.5)) {
      const more = times(i);
      if (scaled < low) band.below += more; else band.above += more;
      const candidate = !own || isOwn(value, i);
      if (candidate && own) band.own += more;
      if (candidate && (value | 0) === value && codes[value] === true) {
        if (band.cut === 0) {
          band.cutAt = at;
          band.code = value;
        }
        band.cut += more;
      }
    }
    // With three values stored nothing is left to be found out; of a number that is known, neither.
    if (!band.settled && value !== band.a && value !== band.b && value !== band.c) distinguish(band, value, kept, at);
  };
  // What is no number is stored as NaN, or as 1 and 0 where it is true or false.
  const foreign = (index, value, at, i, output, n) => {
    if (typeof value !== "boolean") {
      if (seen[index].foreign === 0) seen[index].foreignAt = at;
      seen[index].foreign += times(i);
    }
    return number(value, i, output, n);
  };
  const tell = () => {
    const list = [];
    for (let i = 0; i < seen.length; i++) {
      const band = seen[i];
      stage.put(list, i, [
        band.nan, band.nanAt, band.below, band.above, band.own, band.cut, band.cutAt, band.code,
        band.foreign, band.foreignAt,
        `${band.a}`, band.aAt, `${band.b}`, band.bAt, `${band.c}`, band.cAt,
        `${band.x}`, band.xAt, `${band.y}`, band.yAt, `${band.z}`, band.zAt,
      ]);
    }
    return list;
  };"""
"""Inspects values while storing them."""

INSPECT = """  const numbers = new Float64Array(buffer, %(numbers)d, %(size)d);
  let before = [];
  const copies = (list) => {
    const copied = [];
    for (let n = 0; n < list.length; n++) stage.put(copied, n, { ...list[n] });
    return copied;
  };
  const remember = () => { before = copies(seen); };
  const undo = () => {
    const kept = copies(before);
    for (let n = 0; n < seen.length; n++) stage.put(seen, n, kept[n]);
  };
  const survey = (number, plane, shift, low, high, top, factor, own, from, to, base) => {
    const band = seen[number], ranged = low !== undefined, silent = (marked & 1) !== 0;
    if (!ranged && band.settled) return;
    const quick = %(counts)s && ranged && !silent;
    let i = from, at = number * %(chunk)d + (from & (%(chunk)d - 1));
    for (; i < to && !(quick && band.settled); i++, at++) {
      if (silent && (marks[i] & 1) !== 0) continue;
      const given = numbers[at];
      const news = given !== band.a && given !== band.b && !band.settled;
      if (news || (ranged && !(given >= low && given <= top)))
        look(band, given, given * factor, low, high, plane[i + shift], own, i, i + base);
    }
    const least = low - 0.5, most = high + 0.5;
    let below = 0, above = 0;
    for (; i < to; i++, at++) {  // only counting is left: what `look` would do, without calls and jumps
      const given = numbers[at], scaled = given * factor;
      if (given !== given) look(band, given, scaled, low, high, plane[i + shift], own, i, i + base);
      below += scaled < least ? 1 : 0;
      above += scaled >= most ? 1 : 0;
    }
    band.below += below;
    band.above += above;
  };
  const inspect = (from, to, base) => {
%(calls)s
  };"""
"""Inspects the numbers that a compiled kernel notes of a chunk, in the order of the pixels."""
