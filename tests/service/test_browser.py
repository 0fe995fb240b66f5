"""OpenLayers in Chromium, on a page of another port, draws what `serve` answers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.cli.test_serve import serving
from tests.npm import packed
from tests.service.browser import OPENLAYERS, OPTIONS, chromium, page


def test_a_map_is_drawn_in_a_browser(tmp_path: Path) -> None:
    program, package = chromium(), packed(OPENLAYERS, "OSO_EVALSCRIPT_OL", tmp_path)
    with serving() as (address, server), page(address.replace("127.0.0.1", "localhost"), package) as shown:
        command = [program, "--headless=new", *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", "--no-first-run"]
        browser = subprocess.Popen(
            [*command, "--window-size=600,400", shown.address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            pixels = shown.picture(120)
        finally:
            browser.terminate()
            browser.wait(20)
        server.terminate()
        lines = server.communicate(timeout=20)[0].splitlines()
    assert pixels.shape == (400, 600, 3)
    assert pixels[100:300, 150:450].std() > 5
    images = [line for line in lines if re.match(r"200 POST /api/v1/process  ", line)]
    assert len(images) >= 2
    assert [line for line in lines if not line.startswith("200 ")] == []
    assert sum("/openid-connect/token" in line for line in lines) == 1  # the token says when it ends
