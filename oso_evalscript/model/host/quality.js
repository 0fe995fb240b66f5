// Bit fields of quality bands.

/**
 * The conditions of a Landsat 8 quality value (band BQA, Collection 2): flags 0 or 1, confidences 0 to 3.
 *
 * A confidence is 0 undetermined, 1 low, 2 medium (clouds only), 3 high. Names and one example are known from the page
 * of utility functions, the order of the bits from the USGS's description of the band, which agrees with it.
 *
 * @evidence documented
 */
function decodeL8C2Qa(value) {
  return {
    fill: value & 1,
    dilatedCloud: (value >> 1) & 1,
    cirrus: (value >> 2) & 1,
    cloud: (value >> 3) & 1,
    cloudShadow: (value >> 4) & 1,
    snow: (value >> 5) & 1,
    clear: (value >> 6) & 1,
    water: (value >> 7) & 1,
    cloudConfidence: (value >> 8) & 3,
    cloudShadowConfidence: (value >> 10) & 3,
    snowIceConfidence: (value >> 12) & 3,
    cirrusConfidence: (value >> 14) & 3,
  };
}

/**
 * The conditions of a Landsat 8 quality value of the older Collection 1: flags 0 or 1, two-bit fields 0 to 3.
 *
 * Read from a public copy of the library of about 2019, not on today's page.
 *
 * @evidence observed
 */
function decodeLs8Qa(value) {
  return {
    designatedFill: value & 1,
    terrainOcclusion: (value >> 1) & 1,
    radiometricSaturation: (value >> 2) & 3,
    cloud: (value >> 4) & 1,
    cloudConfidence: (value >> 5) & 3,
    cloudShadowConfidence: (value >> 7) & 3,
    snowIceConfidence: (value >> 9) & 3,
    cirrusConfidence: (value >> 11) & 3,
  };
}

/**
 * The flags, each 0 or 1, of a Sentinel-3 OLCI quality value of 32 bits (band QUALITY_FLAGS).
 *
 * The names are known from the page of utility functions; which bit each one is, from public readers of OLCI products.
 *
 * @evidence inferred
 */
function decodeS3OLCIQualityFlags(value) {
  return {
    land: (value >>> 31) & 1,
    coastline: (value >>> 30) & 1,
    fresh_inland_water: (value >>> 29) & 1,
    tidal_region: (value >>> 28) & 1,
    bright: (value >>> 27) & 1,
    straylight_risk: (value >>> 26) & 1,
    invalid: (value >>> 25) & 1,
    cosmetic: (value >>> 24) & 1,
    duplicated: (value >>> 23) & 1,
    sun_glint_risk: (value >>> 22) & 1,
    dubious: (value >>> 21) & 1,
    saturatedB01: (value >>> 20) & 1,
    saturatedB02: (value >>> 19) & 1,
    saturatedB03: (value >>> 18) & 1,
    saturatedB04: (value >>> 17) & 1,
    saturatedB05: (value >>> 16) & 1,
    saturatedB06: (value >>> 15) & 1,
    saturatedB07: (value >>> 14) & 1,
    saturatedB08: (value >>> 13) & 1,
    saturatedB09: (value >>> 12) & 1,
    saturatedB10: (value >>> 11) & 1,
    saturatedB11: (value >>> 10) & 1,
    saturatedB12: (value >>> 9) & 1,
    saturatedB13: (value >>> 8) & 1,
    saturatedB14: (value >>> 7) & 1,
    saturatedB15: (value >>> 6) & 1,
    saturatedB16: (value >>> 5) & 1,
    saturatedB17: (value >>> 4) & 1,
    saturatedB18: (value >>> 3) & 1,
    saturatedB19: (value >>> 2) & 1,
    saturatedB20: (value >>> 1) & 1,
    saturatedB21: value & 1,
  };
}
