"""A public summary that is redirected: to the page's own domain it is followed, without the key, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from instatus_facts import InstatusFacts, all_differences, settings
from tap_instatus.tap import TapInstatus

from sandbox import Fault, InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_fanout.testing import TapRunner

STREAM = "public_summary"
SUMMARY = "/instatus-public/{host}/summary.json"


@pytest.fixture
def third_leads_home() -> Iterator[Sandbox]:
    """Three pages: the second is private, the third leads its visitors to its own domain."""
    size = InstatusSeed(unowned_pages=0, forbidden_pages=0, incidents=9, maintenances=6, components=8)
    with Sandbox(seed=11, instatus=size, bare=True) as box:
        for page in box.instatus.store.rows("pages"):
            box.instatus.store.update("pages", page["id"], autoRedirect=bool(page["customDomain"]))
        yield box


def public_requests(box: Sandbox) -> list[tuple[str, Any]]:
    """The path of each request to a public host, with its headers."""
    sent = zip(box.requests.urls, box.requests.headers, strict=True)
    return [(urlsplit(url).path, headers) for url, headers in sent if url.startswith("/instatus-public/")]


def test_it_is_read_there_without_the_key(third_leads_home: Sandbox, tap: TapRunner) -> None:
    run = tap(settings(third_leads_home), only=[STREAM])
    assert run.exit_code == 0
    assert all_differences(run.rows, InstatusFacts(third_leads_home).streams([STREAM])) == []
    assert len(run.rows[STREAM]) == 2
    sent = public_requests(third_leads_home)
    assert [path for path, _ in sent if "status.example.org" in path] == [
        "/instatus-public/status.example.org/summary.json"
    ]
    assert not any("authorization" in headers for _, headers in sent)


@pytest.mark.parametrize("domain", [None, "", 5, ["status.example.org"]], ids=repr)
def test_a_page_without_a_domain_of_its_own_is_not_followed(
    third_leads_home: Sandbox, tap: TapRunner, domain: Any
) -> None:
    third = next(page for page in third_leads_home.instatus.store.rows("pages") if page["customDomain"])
    location = f"{third_leads_home.base_url}/instatus-public/status.example.org/summary.json"
    third_leads_home.instatus.store.update("pages", third["id"], customDomain=domain)
    third_leads_home.faults.add(Fault("redirect", SUMMARY, location=location, times=None))
    run = tap(settings(third_leads_home), only=[STREAM, "user"])
    assert run.exit_code == 0
    assert run.rows[STREAM] == []
    assert run.activated == {"user"}
    assert not any("status.example.org" in path for path, _ in public_requests(third_leads_home))


@pytest.mark.parametrize(
    ("public_url", "domain", "target", "followed"),
    [
        ("https://a.instatus.example", "status.example.org", "https://status.example.org/summary.json", True),
        ("https://a.instatus.example", "Status.Example.org.", "https://status.example.org/summary.json", True),
        ("https://a.instatus.example", "https://status.example.org/", "https://STATUS.example.org/x", True),
        ("https://a.instatus.example", "störung.example.org", "https://xn--strung-xxa.example.org/x", True),
        ("https://a.instatus.example", "status.example.org", "https://evil.example.org/summary.json", False),
        ("https://a.instatus.example", "status.example.org", "https://status.example.org.evil.com/", False),
        ("https://a.instatus.example", "status.example.org", "https://status.example.org@evil.com/", False),
        ("https://a.instatus.example", "status.example.org", "https://me:secret@status.example.org/", False),
        ("https://a.instatus.example", "status.example.org", "http://status.example.org/summary.json", False),
        ("https://a.instatus.example", "status.example.org", "http://127.0.0.1:80/summary.json", False),
        ("https://a.instatus.example", "status.example.org", "https://localhost/summary.json", False),
        ("https://a.instatus.example", "status.example.org", "ftp://status.example.org/", False),
        ("https://a.instatus.example", None, "https://status.example.org/", False),
        ("http://127.0.0.1:1", "status.example.org", "http://localhost:1/summary.json", True),
        ("http://127.0.0.1:1", None, "http://localhost:1/summary.json", False),
        ("http://127.0.0.1:1", "status.example.org", "https://status.example.org/summary.json", True),
    ],
)
def test_only_the_pages_own_domain_is_followed_and_only_with_encryption(
    public_url: str, domain: Any, target: str, *, followed: bool
) -> None:
    tap = TapInstatus(config={"api_key": "none", "public_url": public_url})
    stream: Any = tap.streams[STREAM]
    assert stream.leads_home({"custom_domain": domain}, public_url, target) == followed


def test_http_may_be_allowed() -> None:
    tap = TapInstatus(config={"api_key": "none", "allow_http": True})
    stream: Any = tap.streams[STREAM]
    target = "http://status.example.org/summary.json"
    assert stream.leads_home({"custom_domain": "status.example.org"}, "https://a.instatus.example", target)


def test_a_domain_that_leads_further_is_not_followed(third_leads_home: Sandbox, tap: TapRunner) -> None:
    third_leads_home.faults.add(
        Fault("redirect", SUMMARY, after=0, times=1, location=f"{third_leads_home.base_url}/elsewhere")
    )
    pages = [page["id"] for page in third_leads_home.instatus.store.rows("pages") if page["customDomain"]]
    third_leads_home.faults.add(Fault("redirect", "/elsewhere", location="https://evil.example.org/", times=None))
    run = tap(settings(third_leads_home, page_ids=pages), only=[STREAM])
    assert run.exit_code == 0
    assert run.rows[STREAM] == []
    assert any("evil.example.org" in text for text in run.warnings)


def test_other_lists_are_not_followed_to_a_domain_of_a_page(third_leads_home: Sandbox, tap: TapRunner) -> None:
    location = third_leads_home.instatus.public_url("status.example.org") + "/summary.json"
    third_leads_home.faults.add(Fault("redirect", "/instatus/v1/{page_id}/templates", location=location, times=None))
    run = tap(settings(third_leads_home), only=["templates"])
    assert run.exit_code == 1
    assert "redirected to another host" in run.errors[0]
    assert public_requests(third_leads_home) == []
