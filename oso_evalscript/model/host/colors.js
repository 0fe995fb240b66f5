// Colours as 24-bit integers and as channels.
// @see documentation.dataspace.copernicus.eu SentinelHub/Evalscript, utility functions

/** The channels 0 to 255 of a colour 0xRRGGBB. */
function int2rgb(color) {
  return [(color >> 16) & 255, (color >> 8) & 255, color & 255];
}

/** The colour 0xRRGGBB of channels 0 to 255. */
function rgb2int(channels) {
  return (channels[0] << 16) | (channels[1] << 8) | channels[2];
}

/** The channels divided by 255; the array passed in stays as it is. */
function normalizeRGB(channels) {
  return [channels[0] / 255, channels[1] / 255, channels[2] / 255];
}
