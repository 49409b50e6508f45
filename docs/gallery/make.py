"""Pictures of the finished reports, as PNG in this folder: the first page, one section each, a telephone.

A picture is a screenshot of the page that people open, taken by the Chromium of this machine; nothing is
drawn for the gallery. Run `make report` first.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

HERE = Path(__file__).parent
REPORTS = HERE.parent.parent / "reports"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
MARGIN = 24  # pixels of white around what is drawn


@dataclass(frozen=True)
class Picture:
    """A page of the reports, or one section of it, as wide and at most as high as so many pixels."""

    name: str
    page: str
    section: str | None = None
    width: int = 1100
    height: int = 1400


PICTURES = (
    Picture("report-first-page", "2025/report.id.html"),
    Picture("report-first-page-english", "2025/report.en.html"),
    Picture("report-on-a-telephone", "2025/report.id.html", width=390, height=1500),
    Picture("brief", "2025/brief.id.html"),
    Picture("follow-up", "2025/report.id.html", "followup"),
    Picture("indicators", "2025/report.id.html", "items"),
    Picture("who-is-left-behind", "2025/report.id.html", "compare", height=1700),
    Picture("ladder", "2025/report.en.html", "divide", height=1500),
    Picture("areas", "2025/report.id.html", "areas", height=1200),
    Picture("claims", "2025/report.en.html", "claims", height=1500),
    Picture("interviews", "2025/report.en.html", "voices", height=1500),
    Picture("measurement", "2025/report.id.html", "measurement", height=1500),
    Picture("trend", "trend/report.id.html", height=1700),
)


def main() -> int:
    """All pictures; 2 and a message where something is missing."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    missing = [p.page for p in PICTURES if not (REPORTS / p.page).is_file()]
    if browser is None or missing:
        print("make gallery: needs Chromium on the path" if browser is None else f"make report first: no {missing[0]}")
        return 2
    for picture in PICTURES:
        print(picture.name, file=sys.stderr)
        _trimmed(_screenshot(browser, picture)).save(HERE / f"{picture.name}.png", optimize=True)
    return 0


def _screenshot(browser: str, picture: Picture) -> Image.Image:
    html = (REPORTS / picture.page).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        page, out = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(html if picture.section is None else _only(html, picture.section), encoding="utf-8")
        size = f"--window-size={picture.width},{picture.height}"
        command = [browser, *FLAGS, f"--user-data-dir={folder}/profile", size, f"--screenshot={out}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return Image.open(out).convert("RGB")


def _only(html: str, section: str) -> str:
    """The page with one of its sections and nothing else."""
    start = html.index(f'<section id="{section}"')
    depth, end = 0, start
    for tag in re.finditer(r"<(/?)section\b", html[start:]):
        depth += -1 if tag.group(1) else 1
        if depth == 0:
            end = start + tag.end() + 1
            break
    head = html[: html.index("<body")]
    return f"{head}<body><main>{html[start:end]}</main></body></html>"


def _trimmed(image: Image.Image) -> Image.Image:
    """What is drawn, with a white margin, in few colours: screenshots of text need no more."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox() or (0, 0, *image.size)
    drawn = image.crop(box)
    framed = Image.new("RGB", (drawn.width + 2 * MARGIN, drawn.height + 2 * MARGIN), "white")
    framed.paste(drawn, (MARGIN, MARGIN))
    return framed.quantize(128, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main())
