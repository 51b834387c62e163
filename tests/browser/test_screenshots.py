"""Every page and state fits its screen; and with `make screenshots` a picture of each in test-results/screenshots, to look at."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .gallery import DEVICES, Gallery, Scene, gallery, opened
from .gallery_scenes import SCENES

pytestmark = [pytest.mark.slow, pytest.mark.server]
# A picture takes a browser that draws in software half a second.
SCHEMES = ("light", "dark") if os.environ.get("SLUICE_PICTURES") else ()


@pytest.fixture(scope="module")
def folder(pytestconfig: pytest.Config) -> Path:
    """In the folder of pytest-playwright's option, which it empties when a run of browser tests begins."""
    folder = pytestconfig.rootpath / pytestconfig.getoption("--output") / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def made(
    prepared_data: tuple[Path, str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gallery]:
    with gallery(prepared_data, tmp_path_factory.mktemp("gallery")) as made:
        yield made


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_every_scene_fits_its_screen(made: Gallery, folder: Path, browser: Browser, scene: Scene) -> None:
    for device in [scene.device] if scene.device else DEVICES:
        context, page = opened(made, scene, browser, device, "light")
        with context:
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=folder / f"{scene.name}-{device}-{scheme}.png", animations="disabled")
            # Nothing but a table or a code block, in its own box, may be wider than the screen.
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
