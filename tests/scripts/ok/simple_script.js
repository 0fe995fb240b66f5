// A simple script: no setup, bands as globals, a bare return.
let gain = 2.5;
if (dataMask === 0) {
  return [0, 0, 0, 0];
}
return [gain * B04, gain * B03, gain * B02, dataMask];
