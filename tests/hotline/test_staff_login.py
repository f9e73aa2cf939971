"""Staff log in, are throttled, change one-time passwords, and log out for good."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from hotline.app import create_app
from hotline.dependencies import SESSION_COOKIE, Parts
from hotline.staff.models import AuditRow, Role
from kit.clock import FixedClock
from tests.hotline import builders
from tests.hotline.builders import PASSWORD
from tests.hotline.conftest import LOGINS_PER_MINUTE, Seat

NEW_PASSWORD = "另一个足够长的口令-2027"


def log_in(client: TestClient, username: str, password: str = PASSWORD, **headers: str) -> Response:
    """Open the login page and send its form."""
    form = client.get("/staff/login", follow_redirects=False).text
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert token is not None
    return client.post(
        "/staff/login",
        data={"username": username, "password": password, "token": token[1]},
        headers=headers,
        follow_redirects=False,
    )


@pytest.mark.parametrize(
    ("username", "home"),
    [("zhang", "/desk"), ("bian", "/editor"), ("ban", "/board"), ("guan", "/board")],
)
def test_each_role_comes_to_its_own_console(client: TestClient, username: str, home: str) -> None:
    answer = log_in(client, username)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
    answer = client.get("/staff", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, home)
    assert client.get(home).status_code == 200


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(client: TestClient) -> None:
    cookie = next(
        value
        for value in log_in(client, "zhang").headers.get_list("set-cookie")
        if value.startswith(SESSION_COOKIE)
    )
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert attributes == {"httponly", "samesite=lax", "path=/"}


def test_the_session_cookie_is_for_https_only_where_the_site_says_so(parts: Parts) -> None:
    parts.settings.secure_cookies = True
    with TestClient(create_app(parts.settings, parts), base_url="https://testserver") as client:
        cookies = log_in(client, "zhang").headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        if "Max-Age=0" not in cookie:
            assert "Secure" in cookie


@pytest.mark.parametrize(
    ("username", "password"), [("zhang", "不对的口令"), ("nobody", PASSWORD), ("", "")]
)
def test_a_wrong_name_and_a_wrong_password_are_told_the_same(
    client: TestClient, username: str, password: str
) -> None:
    answer = log_in(client, username, password)
    assert answer.status_code == 401
    assert "用户名或密码不对" in answer.text
    assert f'value="{username}"' in answer.text
    assert SESSION_COOKIE not in client.cookies


def test_a_refused_login_is_in_the_audit(client: TestClient, parts: Parts) -> None:
    log_in(client, "zhang", "不对的口令")
    log_in(client, "zhang")
    with parts.database.read() as session:
        rows = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert rows == ["login_failed", "login"]


def test_too_many_tries_of_one_name_must_wait_while_another_gets_in(client: TestClient) -> None:
    for _ in range(LOGINS_PER_MINUTE):
        assert log_in(client, "zhang", "不对的口令").status_code == 401
    answer = log_in(client, "zhang")
    assert answer.status_code == 429
    assert "登录次数太多" in answer.text
    assert log_in(client, "li").status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_form_on_another_site_cannot_log_anybody_in(client: TestClient, origin: str) -> None:
    answer = log_in(client, "zhang", Origin=origin)
    assert answer.status_code == 403
    assert SESSION_COOKIE not in client.cookies


def test_our_own_origin_and_the_public_one_may_log_in(client: TestClient, parts: Parts) -> None:
    parts.settings.public_url = "https://12348.example"
    assert log_in(client, "zhang", Origin="http://testserver").status_code == 303
    client.cookies.clear()
    assert log_in(client, "li", Origin="https://12348.example").status_code == 303


def test_a_login_form_without_its_own_cookie_is_refused(client: TestClient) -> None:
    form = client.get("/staff/login").text
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert token is not None
    client.cookies.clear()
    data = {"username": "zhang", "password": PASSWORD, "token": token[1]}
    answer = client.post("/staff/login", data=data, follow_redirects=False)
    assert answer.status_code == 403
    assert "登录页面已过期" in answer.text


def test_logging_in_again_ends_the_session_before(client: TestClient) -> None:
    log_in(client, "zhang")
    before = client.cookies[SESSION_COOKIE]
    form = client.get("/staff/login", follow_redirects=False)
    assert form.headers["location"] == "/desk"
    # Somebody else sits down at the same browser with the login page still open.
    client.cookies.set("staff_login", "kept", path="/staff/login")
    client.post("/staff/login", data={"username": "li", "password": PASSWORD, "token": "kept"})
    assert client.cookies[SESSION_COOKIE] != before
    client.cookies.clear()
    client.cookies.set(SESSION_COOKIE, before)
    assert client.get("/desk", follow_redirects=False).headers["location"] == "/staff/login"


def test_after_logout_the_old_cookie_is_worthless(seat: Callable[[str], Seat]) -> None:
    zhang = seat("zhang")
    token = zhang.client.cookies[SESSION_COOKIE]
    answer = zhang.post("/staff/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/login")
    zhang.client.cookies.set(SESSION_COOKIE, token)
    assert zhang.get("/desk").headers["location"] == "/staff/login"


def test_an_idle_session_ends_although_its_page_keeps_asking(
    seat: Callable[[str], Seat], clock: FixedClock, parts: Parts
) -> None:
    zhang = seat("zhang")
    idle = timedelta(minutes=parts.settings.staff_idle_minutes)
    for _ in range(4):
        clock.advance(idle / 3)
        answer = zhang.get("/desk/live", **{"X-Polling": "1", "HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "登录已过期，请重新登录"


def test_working_keeps_a_session_alive(
    seat: Callable[[str], Seat], clock: FixedClock, parts: Parts
) -> None:
    zhang = seat("zhang")
    for _ in range(4):
        clock.advance(timedelta(minutes=parts.settings.staff_idle_minutes) / 3)
        assert zhang.get("/desk").status_code == 200


def test_a_one_time_password_must_be_changed_first(client: TestClient, parts: Parts) -> None:
    with parts.database.write() as session:
        builders.add_staff(session, "xin", Role.SEAT_LAWYER, parts.clock.now(), one_time=True)
    log_in(client, "xin")
    assert client.get("/staff", follow_redirects=False).headers["location"] == "/staff/password"
    refused = client.get("/desk")
    assert refused.status_code == 403
    assert "请先修改一次性密码" in refused.text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff/password").text)
    assert csrf is not None
    form = {"csrf_token": csrf[1], "old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    answer = client.post("/staff/password", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff")
    assert client.get("/desk").status_code == 200
    client.cookies.clear()
    assert log_in(client, "xin", NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "status", "message"),
    [
        ("不对的口令", NEW_PASSWORD, NEW_PASSWORD, 401, "用户名或密码不对"),
        (PASSWORD, NEW_PASSWORD, "别的", 422, "两次输入的新密码不一致"),
        (PASSWORD, "短", "短", 422, "新密码至少 10 位"),
        (PASSWORD, PASSWORD, PASSWORD, 422, "新密码不能和旧密码相同"),
        (PASSWORD, "长" * 300, "长" * 300, 422, "新密码最多 256 位"),
    ],
)
def test_a_bad_new_password_is_refused_on_the_page(
    seat: Callable[[str], Seat], old: str, new: str, again: str, status: int, message: str
) -> None:
    answer = seat("zhang").post("/staff/password", old=old, new=new, again=again)
    assert answer.status_code == status
    assert message in answer.text


def test_changing_the_password_ends_the_other_sessions(seat: Callable[[str], Seat]) -> None:
    here, elsewhere = seat("zhang"), seat("zhang")
    here.post("/staff/password", old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert here.get("/desk").status_code == 200
    assert elsewhere.get("/desk").headers["location"] == "/staff/login"


def test_an_article_opens_for_staff_with_its_standing(seat: Callable[[str], Seat]) -> None:
    zhang = seat("zhang")
    url = "/staff/articles?law=民法典&number=第六百七十五条"
    page = zhang.get(url)
    assert "借款人应当按照约定的期限返还借款。" in page.text
    assert "现行有效" in page.text
    inside = zhang.get(url, **{"HX-Request": "true"})
    assert "<html" not in inside.text and "现行有效" in inside.text
    repealed = zhang.get("/staff/articles?law=合同法&number=第二百零六条")
    assert "已废止" in repealed.text
    missing = zhang.get("/staff/articles?law=民法典&number=第九千条")
    assert missing.status_code == 404
    assert "法条库里没有这一条" in missing.text
