"""A browser without a network, and what a page did in it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import ConsoleMessage, Page, Request

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Opened:
    """A page that is open.

    Attributes:
        page: The page.
        address: Its address.
        requests: The addresses that it asked for, but for its own.
        complaints: What it wrote to the console, and errors that nobody caught.
    """

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        """Keep what the page complains of."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        """Keep what the page asks for."""
        if request.url != self.address:
            self.requests.append(request.url)

    def choose(self, *, scope: str | None = None, days: int | None = None) -> None:
        """Set the filters, and wait until the page shows what they ask for."""
        days_choice = self.page.locator(f'input[name=days][value="{days}"]')
        if scope is not None and self.page.locator("#scope option:checked").text_content() != scope:
            with self._shown_anew():
                self.page.select_option("#scope", label=scope)
        if days is not None and not days_choice.is_checked():
            with self._shown_anew():
                days_choice.check(force=True)

    @contextmanager
    def _shown_anew(self) -> Iterator[None]:
        self.page.evaluate("document.documentElement.dataset.shown = ''")
        yield
        self.page.wait_for_function("document.documentElement.dataset.shown")

    def table(self, caption: str) -> list[list[str]]:
        """The cells of the rows of a table that can be seen."""
        found: list[list[str]] = self.page.evaluate(
            """(caption) => {
              const tables = [...document.querySelectorAll("table")];
              const table = tables.find((each) => each.caption?.textContent === caption);
              return table ? [...table.tBodies[0].rows].filter((row) => !row.hidden)
                .map((row) => [...row.cells].map((cell) => cell.innerText.trim())) : [];
            }""",
            caption,
        )
        return found

    def figures(self, section: str) -> dict[str, str]:
        """The figures of a section, by their labels, without what is said about them."""
        found: dict[str, str] = self.page.evaluate(
            """(section) => Object.fromEntries([...document.querySelectorAll(`#${section} .figure`)].map((figure) =>
              [figure.querySelector("dt").textContent, figure.querySelector("dd").firstChild.textContent]))""",
            section,
        )
        return found


class Browser:
    """A browser that is running.

    Args:
        chromium: The browser.
    """

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium
        self._windows: dict[bool, Page] = {}

    @contextmanager
    def open(self, file: Path, *, width: int = 1440, dark: bool = False, script: bool = True) -> Iterator[Opened]:
        """Open a page where no request gets through.

        Args:
            file: The page.
            width: Of the window, in pixels.
            dark: Whether the reader wants it dark.
            script: Whether scripts run.
        """
        with self._page(file, self._window(script=script), width, dark=dark, script=script) as opened:
            yield opened

    @contextmanager
    def open_apart(self, file: Path) -> Iterator[Opened]:
        """Open a page in a window of its own, which stays open while others are opened.

        Args:
            file: The page.
        """
        window = self._new_window(script=True)
        try:
            with self._page(file, window, 1440, dark=False, script=True) as opened:
                yield opened
        finally:
            window.context.close()

    @contextmanager
    def _page(self, file: Path, window: Page, width: int, *, dark: bool, script: bool) -> Iterator[Opened]:
        # Nothing is left of the page before, not even the end of its address.
        window.goto("about:blank")
        window.set_viewport_size({"width": width, "height": 900})
        window.emulate_media(media="screen", color_scheme="dark" if dark else "light")
        opened = Opened(window, file.as_uri())
        listeners: dict[Any, Any] = {
            "console": opened.heard,
            "pageerror": lambda error: opened.complaints.append(str(error)),
            "request": opened.asked,
        }
        for event, listener in listeners.items():
            window.on(event, listener)
        try:
            window.goto(opened.address)
            if script and window.locator("[data-fragment]").count():
                window.wait_for_function("document.documentElement.dataset.shown")
            yield opened
        finally:
            for event, listener in listeners.items():
                window.remove_listener(event, listener)

    def _window(self, *, script: bool) -> Page:
        """The window of most pages: a new one is a new process, which knows nothing of the page's libraries."""
        if script not in self._windows:
            self._windows[script] = self._new_window(script=script)
        return self._windows[script]

    def _new_window(self, *, script: bool) -> Page:
        return self._chromium.new_context(java_script_enabled=script, offline=True).new_page()


@contextmanager
def running(program: str) -> Iterator[Browser]:
    """A browser for as long as the context lasts."""
    with sync_playwright() as playwright:
        # The sandbox of the browser needs rights that a container does not give.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield Browser(chromium)
        finally:
            chromium.close()
