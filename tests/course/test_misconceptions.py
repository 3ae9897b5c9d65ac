"""Whoever reads M11 in a table finds what it is: the page of all misconceptions."""

from a_tool import tool

from buckets.diagnosis.catalogue import catalogue


def test_the_page_is_made_from_the_catalogue():
    misconceptions = tool("misconceptions")
    page = misconceptions.PAGE.read_text("utf-8")
    assert page == misconceptions.page(), "python tools/misconceptions.py"
    assert page.count("\n| M") == len(catalogue())
