"""A headless Chromium that opens the page from disk; tests that ask for one are skipped where there is none."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without a sandbox, which containers do not let Chromium make: it opens our own files alone.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """The page that `rl.explore()` makes, on disk."""
    import ridgeless as rl

    return rl.explore().save(tmp_path_factory.mktemp("explorer") / "explorer.html")


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by Playwright; started once."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser, page_file):
    """(address, **options of a new context) ↦ the page, shown; a JavaScript error in any of them fails the test.

    An error that the browser itself tells may be `expected`. With clock="thread" the page has `spent()`, the processor
    seconds of its main thread since it was opened.
    """
    errors, contexts = [], []

    def opened(address="", wait="#picture canvas", file=None, clock=None, expected=None, **options):
        context = browser.new_context(**{"viewport": {"width": 1300, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{address}: {error}"))
        page.on("console", lambda said: note(address, said, expected))
        if clock:
            session = context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.spent = lambda: {
                each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]
            }["TaskDuration"]
        page.goto(f"{(file or page_file).as_uri()}{address and '#' + address}")
        if wait:
            page.wait_for_selector(wait)
        return page

    def note(address, said, expected):
        if said.type == "error" and not (expected and expected in said.text):
            errors.append(f"{address}: {said.text}")

    yield opened
    for context in contexts:
        context.close()
    assert not errors
