// The enumerations that scripts use in setup().
// @see documentation.dataspace.copernicus.eu APIs/SentinelHub/Evalscript/V3
// A misspelt member is undefined, so that the default applies without complaint (observed at the service).

var Mosaicking = { SIMPLE: "SIMPLE", ORBIT: "ORBIT", TILE: "TILE" };

var SampleType = {
  AUTO: "AUTO",
  UINT8: "UINT8",
  UINT16: "UINT16",
  INT8: "INT8",
  INT16: "INT16",
  FLOAT32: "FLOAT32",
};
