"""Views that people keep: their own, of pages only, opened under the rights of who opens them."""

from collections.abc import Iterator

import pytest
import wall_hospital
from playwright.sync_api import Page, expect
from signed_in import OWN_WORDS, PAGE, Person, sign_in
from test_wall_browser import Wall

from assets.identity import store, views
from assets.identity.users import User
from config.errors import ConfigError
from config.settings import Settings

HEAD = User("wang", "head", "王主任")
WARD = User("d1", "department", "一科", department_id="D1")


@pytest.fixture(scope="module")
def home(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return wall_hospital.copied(wall_store, tmp_path_factory.mktemp("views"))


@pytest.fixture
def settings(home: Settings) -> Iterator[Settings]:
    yield home
    for path in home.home.glob("users.db*"):
        path.unlink()


def save(person: Person, name: str, at: str, csrf: str | None = None) -> int:
    form = {"csrf": person.csrf if csrf is None else csrf, "name": name, "at": at}
    return person.client.post("/views", data=form).status_code


def names(settings: Settings, login: str = "wang") -> list[str]:
    return [one.name for one in views.kept(settings.users_path, login)]


def test_a_view_is_its_owners_alone(settings: Settings) -> None:
    head, ward = sign_in(settings, HEAD), sign_in(settings, WARD)
    assert save(head, "急诊 <b>打印机</b>", "/kpi/reports?department=D1") == 302
    [view] = views.kept(settings.users_path, "wang")
    assert "急诊 &lt;b&gt;打印机&lt;/b&gt;" in head.client.get("/views").text
    assert "急诊" in str(head.ask("/").get_json())
    assert "急诊" not in ward.client.get("/views").text
    assert "急诊" not in str(ward.ask("/").get_json())
    form = {"csrf": ward.csrf, "view": str(view.view_id)}
    assert ward.client.post("/views", data=form).status_code == 400
    assert names(settings) == ["急诊 <b>打印机</b>"]
    assert head.client.post("/views", data={**form, "csrf": head.csrf}).status_code == 302
    assert names(settings) == []


def test_nothing_is_kept_or_deleted_without_the_value_of_the_session(settings: Settings) -> None:
    head = sign_in(settings, HEAD)
    assert save(head, "甲", "/") == 302
    [view] = views.kept(settings.users_path, "wang")
    for csrf in ("", "guessed"):
        assert save(head, "乙", "/", csrf) == 403
        form = {"csrf": csrf, "view": str(view.view_id)}
        assert head.client.post("/views", data=form).status_code == 403
    assert names(settings) == ["甲"]


@pytest.mark.parametrize(
    "at",
    ["", "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
     "/logout", "/files/x.xlsx", "/nothing", "/quality\n/"],
)  # fmt: skip
def test_a_view_leads_to_a_page_of_this_server_or_is_refused(settings: Settings, at: str) -> None:
    head = sign_in(settings, HEAD)
    # an address of elsewhere is the first page, as after signing in
    expected = 302 if not at.startswith("/") or at[1:2] in ("/", "\\") or "\n" in at else 400
    assert save(head, "甲", at) == expected
    assert {one.target for one in views.kept(settings.users_path, "wang")} <= {"/"}
    assert head.client.get("/views", query_string={"at": at}, headers=PAGE).status_code == 200


@pytest.mark.parametrize("name", ["", "  ", "长" * 41, "a\x00b"])
def test_a_view_needs_a_name_that_can_be_shown(settings: Settings, name: str) -> None:
    assert save(sign_in(settings, HEAD), name, "/") == 400
    assert names(settings) == []


@pytest.mark.parametrize("view", ["", "x", "0", "9" * 30, "²"])
def test_a_crooked_number_of_a_view_deletes_nothing(settings: Settings, view: str) -> None:
    head = sign_in(settings, HEAD)
    save(head, "甲", "/")
    form = {"csrf": head.csrf, "view": view}
    assert head.client.post("/views", data=form).status_code == 400
    assert names(settings) == ["甲"]


def test_a_person_keeps_thirty_views_and_replaces_them_by_name(settings: Settings) -> None:
    for number in range(views.MOST):
        views.keep(settings.users_path, "wang", f"{number:02}", "/")
    views.keep(settings.users_path, "wang", "07", "/quality")
    with pytest.raises(ConfigError, match="已有 30 个视图"):
        views.keep(settings.users_path, "wang", "另一个", "/")
    views.keep(settings.users_path, "li", "另一个", "/")
    kept = views.kept(settings.users_path, "wang")
    assert (len(kept), kept[7].target) == (views.MOST, "/quality")


def test_a_file_of_accounts_from_before_takes_views(settings: Settings) -> None:
    with store.opened(settings.users_path) as db:
        db.execute("drop table views")
        db.execute("pragma user_version = 1")
    views.keep(settings.users_path, "wang", "甲", "/")
    assert names(settings) == ["甲"]


def test_a_page_is_kept_and_found_again_in_a_browser(
    settings: Settings, chromium_page: Page
) -> None:
    sign_in(settings, HEAD)
    served = Wall(settings)
    root = served.url().partition("/wall/")[0]
    page = chromium_page
    try:
        page.goto(f"{root}/kpi/reports?department=D1&by=model")
        page.fill("input[name=login]", "wang")
        page.fill("input[name=password]", OWN_WORDS)
        page.click("button")
        page.click(".side .views a")
        page.fill("input[name=name]", "急诊按型号")
        page.click("button[type=submit] >> nth=0")
        expect(page).to_have_url(f"{root}/kpi/reports?department=D1&by=model")
        page.goto(f"{root}/")
        page.click("text=急诊按型号")
        expect(page).to_have_url(f"{root}/kpi/reports?department=D1&by=model")
        expect(page.locator("#page")).to_contain_text("急诊科")
        page.goto("about:blank")
    finally:
        served.stop()
