"""The pages in another language, and in one that is written from right to left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.console import LOOKED_AT_ONCE, overflow, violations
from tutela.core.rights import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.console import Visitor

pytestmark = LOOKED_AT_ONCE

IN_CHINESE = {
    "/": "态势",
    "/findings/": "发现",
    "/findings/?text=nothing-of-this-name": "发现",
    "/organisations/": "组织",
    "/notices/": "通报",
    "/notices/preview/": "接下来通报谁",
    "/correspondence/": "往来邮件",
    "/feeds/": "数据源",
    "/ledger/": "账本",
    "/people/": "人员",
    "/people/add/": "添加人员",
    "/people/me/": "我的账号",
    "/search/?q=192.0.2.10": "搜索：192.0.2.10",
    "/account/factors/": "",  # the words are allauth's
    "/account/sessions/": "会话",
}
OF_ONE = ["/findings/", "/organisations/", "/notices/", "/feeds/", "/people/"]
SIZES = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 380, "height": 740}}
CHINESE = re.compile("[\u4e00-\u9fff]")
TURN = "document.documentElement.dir = 'rtl'"


def first_of(page: Page, address: str) -> None:
    """Open the first that a list names."""
    page.goto(address)
    page.locator("table[data-rows] tbody a").first.click()
    page.wait_for_url(lambda url: not url.endswith(address))


@pytest.mark.parametrize("address", IN_CHINESE)
def test_who_reads_chinese_gets_pages_in_chinese(address: str, visitor: Visitor) -> None:
    page = visitor.page(Role.ADMINISTRATOR, locale="zh-CN")
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(IN_CHINESE[address] or CHINESE)
    for word in page.locator("nav.side a").all_inner_texts():
        assert CHINESE.search(word), word
    assert violations(page) == []


def test_who_reads_chinese_signs_in_in_it(visitor: Visitor) -> None:
    page = visitor.page(locale="zh-CN")
    page.goto("/account/login/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    assert violations(page) == []


def test_the_language_that_was_chosen_stays(visitor: Visitor) -> None:
    page = visitor.page(Role.ANALYST)
    page.goto("/findings/?state=open")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("header summary", has_text="Language").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    assert page.url.endswith("/findings/?state=open")
    page.goto("/organisations/")
    expect(page.get_by_role("heading", level=1)).to_have_text("组织")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("address", [*IN_CHINESE, *(f"one of {address}" for address in OF_ONE)])
def test_turned_to_be_read_from_the_right_a_page_still_fits(address: str, size: str, visitor: Visitor) -> None:
    page = visitor.page(Role.ADMINISTRATOR, viewport=SIZES[size])
    whole = address.removeprefix("one of ")
    if address == whole:
        page.goto(whole)
    else:
        first_of(page, whole)
    page.evaluate(TURN)
    assert overflow(page) <= 0
    main = page.locator("#main").bounding_box()
    assert main is not None
    assert main["x"] >= 0, "nothing has slipped out on the left"
    assert violations(page) == []
