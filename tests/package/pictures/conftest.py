"""Headless Chromium for the pictures, without a network.

The browser is a fixture in tests/conftest.py, because JupyterLab's tests use it, too.
"""

import pytest


@pytest.fixture
def visit(browser, tmp_path):
    """Open HTML as a file, offline; the page must neither complain nor call out."""
    contexts, wrong = [], []

    def open_page(html, *, width=700, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, offline=True, **options
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: _note(wrong, request.url))
        file = tmp_path / f"page{len(contexts)}.html"
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>'
        file.write_text(head + f"<body>{html}</body></html>", encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong, wrong


def _note(wrong, url):
    if not url.startswith(("file:", "data:")):
        wrong.append(f"the page asked for {url}")
