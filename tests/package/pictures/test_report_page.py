"""What a learner reads, in a page whose style is JupyterLab's."""

import pytest

from buckets.notebook.recorded import recorded
from buckets.report.html import render_html
from buckets.verdict import TestResult, Verdict

# JupyterLab lets each <pre> scroll, gives it lines of less than a whole pixel, and
# breaks words in it anywhere.
LAB = """<style>.lab pre { overflow: auto; font-size: 13px; line-height: 1.3077;
white-space: pre-wrap; word-break: break-all }
</style><div class="lab">%s</div>"""
SCROLLS = """all => all.filter(each =>
    each.scrollHeight > each.clientHeight
    && getComputedStyle(each).overflowY !== "visible").length"""


def report_of_nine_lines():
    story = [f"anna  > b'line {number}\\n'" for number in range(8)]
    failed = TestResult(
        "silent",
        "a silent client holds nobody up",
        "fail",
        max_points=2,
        message="nothing came",
        transcript=[*story, "eager < nothing in 1.0 s"],
        broken=8,
    )
    return render_html(Verdict("serve_many", 2, [failed]).settle())


@pytest.mark.parametrize("width", [640, 1400])
@pytest.mark.parametrize("zoom", [1, 1.25])
def test_a_story_that_is_shown_whole_has_no_scrollbar(visit, width, zoom):
    for html in (report_of_nine_lines(), recorded("amber").html):
        page = visit(LAB % html, width=width, device_scale_factor=zoom)
        assert page.locator("pre").count()
        assert page.locator("pre:visible").evaluate_all(SCROLLS) == 0


def test_in_a_narrow_window_a_word_is_broken_only_where_it_must_be(visit):
    breaks = "all => [...new Set(all.map(each => getComputedStyle(each).wordBreak))]"
    for html in (report_of_nine_lines(), recorded("amber").html):
        page = visit(LAB % html, width=390)
        assert page.locator("pre").evaluate_all(breaks) == ["normal"]
