"""Every door is closed unless it is on the list of open ones."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from tests.hotline.conftest import Seat

# Doors for everybody. Whoever adds one decides that citizens may come in there.
OPEN = {"/", "/articles", "/healthz", "/v1/articles", "/staff/login"}
OPEN_BELOW = ("/api/", "/static", "/attachments/")
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# Doors of the action server; it shows a token and no cookie.
OF_THE_SERVICE = ("/v1/",)


def doors(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of the application, with something filled in for parameters."""
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        for method in sorted(route.methods or {"GET"}):
            yield method, re.sub(r"{\w+}", "1", path)


def is_open(path: str) -> bool:
    """Whether a path is on the list."""
    return path in OPEN or path.startswith(OPEN_BELOW)


def test_the_walk_sees_every_room(app: FastAPI) -> None:
    seen = {path.split("/")[1] for _, path in doors(app)}
    assert {"", "api", "v1", "staff", "desk", "editor", "board", "static"} <= seen
    assert len(list(doors(app))) > 40


def test_nobody_comes_in_without_a_login(app: FastAPI, client: TestClient) -> None:
    let_in = []
    for method, path in doors(app):
        if is_open(path):
            continue
        answer = client.request(method, path, follow_redirects=False)
        to_login = answer.status_code == 303 and answer.headers["location"] == "/staff/login"
        if not (to_login or answer.status_code in (401, 403)):
            let_in.append((method, path, answer.status_code))
    assert let_in == []


def test_no_unsafe_door_of_the_staff_opens_without_the_csrf_token(
    app: FastAPI, seat: Callable[[str], Seat]
) -> None:
    seats = [seat("zhang"), seat("ban"), seat("bian"), seat("guan")]
    let_in, tried = [], 0
    for method, path in doors(app):
        if is_open(path) or path.startswith(OF_THE_SERVICE) or method not in UNSAFE:
            continue
        tried += 1
        for one in seats:
            for shown in ({}, {"X-CSRF-Token": "wrong"}):
                answer = one.client.request(method, path, headers=shown, follow_redirects=False)
                if answer.status_code != 403:
                    let_in.append((method, path, answer.status_code))
    assert let_in == []
    assert tried > 12


@pytest.mark.parametrize(
    ("username", "closed"),
    [
        ("zhang", ["/editor", "/editor/review", "/editor/candidates", "/editor/test"]),
        ("bian", ["/desk", "/desk/live", "/desk/orders/1", "/desk/orders/1/live"]),
        ("guan", ["/desk", "/editor"]),
        ("ban", ["/editor", "/editor/review"]),
    ],
)
def test_a_role_does_not_open_the_rooms_of_another(
    seat: Callable[[str], Seat], username: str, closed: list[str]
) -> None:
    one = seat(username)
    for path in closed:
        answer = one.get(path)
        assert answer.status_code == 403
        assert "您的岗位没有这个权限" in answer.text
