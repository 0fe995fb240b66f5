// Functions of values. Arrays among `values` and `colors` come back as copies: scripts push onto what they get.

/**
 * The normalised difference (x - y) / (x + y), 0 where the sum is 0.
 *
 * Known from the page of utility functions. NaN stays NaN: read from a public copy of the library of about 2019.
 *
 * @evidence documented
 */
function index(x, y) {
  const sum = x + y;
  return sum === 0 ? 0 : (x - y) / sum;
}

/**
 * 1 / x, and JAVA_DOUBLE_MAX_VAL for 0.
 *
 * Known from the page of utility functions.
 *
 * @evidence documented
 */
function inverse(x) {
  return x === 0 ? JAVA_DOUBLE_MAX_VAL : 1 / x;
}

/**
 * The value of the interval that holds `value`: intervals are open below and closed above.
 *
 * Above the last limit the last value; without lists `value` itself. Known from the page of utility functions. NaN
 * gives the last value: inferred, since it is below no limit.
 *
 * @evidence documented
 */
function valueMap(value, intervals, values) {
  if (!intervals || !values) {
    return value;
  }
  for (let i = 0; i < intervals.length; i++) {
    if (value <= intervals[i]) {
      return _copy(values[i]);
    }
  }
  return _copy(values[values.length - 1]);
}

/**
 * The value between those of the two limits around `value`; of arrays each component.
 *
 * At or below the first limit the first value, above the last one the last value; without lists `value` itself. Known
 * from the page of utility functions, which since 2026 no longer lists it. NaN gives the last value: inferred, as for
 * colorBlend.
 *
 * @evidence documented
 */
function valueInterpolate(value, intervals, values) {
  return intervals && values ? _interpolate("valueInterpolate", value, intervals, values) : value;
}

/**
 * The same as valueInterpolate, under its older name.
 *
 * Known from the page of utility functions, which since 2026 no longer lists it. That NaN gives the last colour is read
 * from a public copy of the library of about 2019. That copy changes the arrays of `colors`; a documented example would
 * break by it, so that here nothing is changed (inferred).
 *
 * @deprecated in favour of valueInterpolate, by the page of utility functions
 * @evidence documented
 */
function colorBlend(value, limits, colors) {
  return limits && colors ? _interpolate("colorBlend", value, limits, colors) : value;
}

/**
 * The colour of the first limit above `value`, else the last colour.
 *
 * Read from a public copy of the library of about 2019, not on today's page.
 *
 * @evidence observed
 */
function colorMap(value, limits, colors) {
  if (!limits || !colors) {
    throw new Error("colorMap needs a value, a list of limits and a list of colors");
  }
  for (let i = 0; i < limits.length; i++) {
    if (value < limits[i]) {
      return _copy(colors[i]);
    }
  }
  return _copy(colors[colors.length - 1]);
}

/** A copy of an array, anything else as it is. */
function _copy(value) {
  return Array.isArray(value) ? value.slice() : value;
}

/** Linear between limits; `name` is the helper that the script called. */
function _interpolate(name, value, limits, values) {
  if (value <= limits[0]) {
    return _copy(values[0]);
  }
  for (let i = 1; i < limits.length; i++) {
    if (value <= limits[i]) {
      return _between(name, values[i - 1], values[i], (value - limits[i - 1]) / (limits[i] - limits[i - 1]));
    }
  }
  return _copy(values[values.length - 1]);
}

/** The value at the share `above` of the way from one to another; of arrays each component. */
function _between(name, from, to, above) {
  const below = 1 - above;
  if (!Array.isArray(from) && !Array.isArray(to)) {
    return from * below + to * above;
  }
  if (!Array.isArray(from) || !Array.isArray(to)) {
    throw new Error(`${name} needs a value for each limit, all of them numbers or all of them arrays`);
  }
  if (from.length === 3) {
    return [from[0] * below + to[0] * above, from[1] * below + to[1] * above, from[2] * below + to[2] * above];
  }
  return from.map((number, i) => number * below + to[i] * above);
}
