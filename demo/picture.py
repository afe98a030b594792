"""Take the screenshot in the README: the page of the demo's data, in an installed browser."""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import sync_playwright

from demo.show import PAGE, ROOT

PICTURE = ROOT / "docs" / "report.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1_200, 1_000
SECTION = "uptime"


def main() -> int:
    """Take it; return the exit code."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None or not PAGE.is_file():
        missing = (
            "a browser (Debian: apt-get install chromium)" if program is None else f"{PAGE}: run `make demo` first"
        )
        print(f"There is no {missing}", file=sys.stderr)  # noqa: T201
        return 1
    with sync_playwright() as playwright:
        # The browser's sandbox needs privileges that a container lacks.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(PAGE.as_uri())
        page.wait_for_function("document.documentElement.dataset.shown")
        # The answers, followed by the most attractive section: what lies between is not in the picture.
        page.evaluate(
            "(wanted) => document.querySelectorAll('main > section, main > nav').forEach((each) => {"
            " each.hidden = !['answers', wanted].includes(each.id); })",
            SECTION,
        )
        page.screenshot(path=PICTURE, clip={"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT})
        browser.close()
    print(f"Wrote {PICTURE.relative_to(ROOT)}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
