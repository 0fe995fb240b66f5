"""Run by QGIS's own Python: draws in.png by style.qml of a folder as out.png, and writes the labels of the classes."""

import json
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import QgsApplication, QgsPalettedRasterRenderer, QgsRasterLayer  # type: ignore[import-not-found]

folder = Path(sys.argv[1])
application = QgsApplication([], False)
application.initQgis()
layer = QgsRasterLayer(str(folder / "in.png"), "in")
message, loaded = layer.loadNamedStyle(str(folder / "style.qml"))
assert loaded, message
renderer = layer.renderer()
assert isinstance(renderer, QgsPalettedRasterRenderer)
labels = [entry.label for entry in renderer.classes()]
(folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
renderer.block(1, layer.extent(), layer.width(), layer.height()).image().save(str(folder / "out.png"))
sys.stdout.flush()
os._exit(0)  # QGIS may crash while it shuts down
