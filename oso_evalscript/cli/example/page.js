// VERSION=3
// CNES Land Cover (OSO) Visualizer
const colormap = [
[1, 0xff00ff], [2, 0xff55ff], [3, 0ffaaff], [4, 0x00ffff],
[5, 0xffff00], [6, 0xd0ff00], [7, 0xa1d600], [8, 0xffab44],
[9, 0xd6d600], [10, 0xff5500], [11, 0xc5ffff], [12, 0 aaaa61],
[13, 0 aaaa00], [14, 0 aaaaff], [15, 0x550000], [16, 0x009c00],
[17, 0x003200], [18, 0 aaff00], [19, 0x55aa7f], [20, 0xff0000],
[21, 0xffb802], [22, 0xbebebe], [23, 0x0000ff]
];

const visualizer = new ColorMapVisualizer(colormap);

function setup() {
return {
input: ["OCS", "dataMask"],
output: { bands: 3 }
};
}

function evaluatePixel(samples) {
return visualizer.process(samples.OCS);
}
