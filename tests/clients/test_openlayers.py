"""OpenLayers 10 in Chromium, on a page of another port, with the service at its own."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

PAGE = """<html><body style="margin:0"><div id="map" style="width:600px;height:400px"></div><script src="/ol.js"></script>
<script>
const source = new ol.source.SentinelHub({
  url: "ADDRESS/api/v1/process",
  auth: { tokenUrl: "ADDRESS/auth/realms/main/protocol/openid-connect/token", clientId: "me", clientSecret: "none" },
  data: [{ type: "sentinel-2-l2a", dataFilter: { timeRange: { from: "2020-07-01T00:00:00Z", to: "2020-07-15T00:00:00Z" } } }],
  evalscript: {
    setup: () => ({ input: ["B12", "B08", "B04"], output: { bands: 3 } }),
    evaluatePixel: (s) => [2 * s.B12, 2 * s.B08, 2 * s.B04],
  },
});
const map = new ol.Map({
  target: "map",
  layers: [new ol.layer.WebGLTile({ source })],
  view: new ol.View({ center: ol.proj.fromLonLat([5.1, 45.1]), zoom: 12 }),
});
map.on("rendercomplete", () => { document.title = "drawn " + source.getState() + " " + (source.getError() || ""); });
</script></body></html>"""


@pytest.fixture
def page_address(address: str, tmp_path: Path) -> Iterator[str]:
    """A page with a map, at another port of this machine."""
    with tarfile.open(os.environ["OSO_EVALSCRIPT_OL"]) as archive:
        member = archive.extractfile("package/dist/ol.js")
        assert member is not None
        library = member.read()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path == "/ol.js"
            content = library if script else PAGE.replace("ADDRESS", address).encode()
            self.send_response(200)
            self.send_header("content-type", "text/javascript" if script else "text/html")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_map_is_drawn(page_address: str) -> None:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is not installed"
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-proxy-server"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        page = browser.new_page(viewport={"width": 600, "height": 400})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tokens: list[str] = []
        page.on("request", lambda request: tokens.append(request.url) if request.url.endswith("token") else None)
        page.goto(page_address)
        page.wait_for_function("document.title.startsWith('drawn ready')", timeout=60_000)
        shot = page.screenshot(path=os.environ.get("OSO_EVALSCRIPT_SCREENSHOT"))
        browser.close()
    with Image.open(io.BytesIO(shot)) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert [error for error in errors if "favicon" not in error and "404" not in error] == []
    assert len(tokens) <= 2  # a preflight, and the request itself
    assert pixels[100:300, 150:450].std() > 5
