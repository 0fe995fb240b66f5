"""A page with a map of OpenLayers, served from a port of its own, that reports what it has drawn."""

from __future__ import annotations

import base64
import io
import json
import queue
import shutil
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

OPENLAYERS = "ol@10.11.0"
OPTIONS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-proxy-server")
PAGE = """<html><head><link rel="icon" href="data:,"></head>
<body style="margin:0"><div id="map" style="width:600px;height:400px"></div><script>
const report = (what) => fetch("/report", { method: "POST", body: JSON.stringify(what) });
window.addEventListener("error", (event) => report({ error: String(event.message) }));
</script><script src="/ol.js"></script><script>
const source = new ol.source.SentinelHub({
  url: "ADDRESS/api/v1/process",
  auth: { tokenUrl: "ADDRESS/auth/realms/main/protocol/openid-connect/token", clientId: "me", clientSecret: "none" },
  data: [{ type: "sentinel-2-l2a", dataFilter: { timeRange: { from: "2020-07-01T00:00:00Z", to: "2020-07-15T00:00:00Z" } } }],
  evalscript: {
    setup: () => ({ input: ["B12", "B08", "B04"], output: { bands: 3 } }),
    evaluatePixel: (s) => [2 * s.B12, 2 * s.B08, 2 * s.B04],
  },
});
source.on("tileloaderror", () => report({ error: "a tile cannot be loaded" }));
source.on("change", () => { if (source.getState() === "error") report({ error: String(source.getError()) }); });
const map = new ol.Map({
  target: "map",
  layers: [new ol.layer.WebGLTile({ source })],
  view: new ol.View({ center: ol.proj.fromLonLat([5.1, 45.1]), zoom: 12 }),
});
map.on("rendercomplete", () => {
  if (source.getState() !== "ready") return;
  document.title = "drawn";
  report({ picture: document.querySelector("canvas").toDataURL("image/png") });
});
</script></body></html>"""


@dataclass
class Page:
    """A page that is served.

    Attributes:
        address: where it is.
        reports: what it says: `error`, or `picture`.
    """

    address: str
    reports: queue.Queue[dict[str, str]] = field(default_factory=queue.Queue)

    def picture(self, seconds: float) -> NDArray[Any]:
        """Wait for the map, and return its pixels as RGB."""
        found = self.reports.get(timeout=seconds)
        assert "picture" in found, found
        data = base64.b64decode(found["picture"].partition(",")[2])
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))


def chromium() -> str:
    """The path of Chromium; without it the test is skipped with a notice, and fails under `CI=true`."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    return found


@contextmanager
def page(service: str, package: Path) -> Iterator[Page]:
    """Serve a page with a map, at another port of this machine than the service.

    Args:
        service: its address.
        package: the archive of OpenLayers.
    """
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/dist/ol.js")
        assert member is not None
        library = member.read()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path == "/ol.js"
            content = library if script else PAGE.replace("ADDRESS", service).encode()
            self._answer(content, "text/javascript" if script else "text/html")

        def do_POST(self) -> None:
            found.reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self._answer(b"", "text/plain")

        def _answer(self, content: bytes, mime: str) -> None:
            self.send_response(200)
            self.send_header("content-type", mime)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = Page(f"http://localhost:{server.server_port}/")
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
