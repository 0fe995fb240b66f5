var ndvi = index(B08, B04);
colorBlend(ndvi, [0, 0.5, 1], [[1, 1, 1], [0.5, 0.6, 0.2], [0, 0.3, 0]]);
