"""OpenLayers 10 in Chromium, driven by Playwright, on a page of another port than the service."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.npm import packed
from tests.service.browser import OPENLAYERS, OPTIONS, chromium, page


def test_a_map_is_drawn(address: str, tmp_path: Path) -> None:
    package = packed(OPENLAYERS, "OSO_EVALSCRIPT_OL", tmp_path)
    with page(address, package) as shown, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        view = browser.new_page(viewport={"width": 600, "height": 400})
        errors: list[str] = []
        view.on("pageerror", lambda error: errors.append(str(error)))
        view.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tokens: list[str] = []
        view.on("request", lambda request: tokens.append(request.url) if request.url.endswith("token") else None)
        view.goto(shown.address)
        view.wait_for_function("document.title === 'drawn'", timeout=120_000)
        shot = view.screenshot(path=os.environ.get("OSO_EVALSCRIPT_SCREENSHOT"))
        browser.close()
    with Image.open(io.BytesIO(shot)) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert errors == []
    assert len(tokens) <= 2  # a preflight, and the request itself
    assert pixels[100:300, 150:450].std() > 5
