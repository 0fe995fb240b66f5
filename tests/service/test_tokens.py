from __future__ import annotations

import base64
import json
import time

import pytest

from oso_evalscript.service.errors import ServiceError
from oso_evalscript.service.local import Call, Service
from oso_evalscript.service.tokens import check, issue

FORM = "grant_type=client_credentials&client_id=me&client_secret=none"


def test_a_token_says_whose_it_is() -> None:
    token = issue(FORM)
    payload = token["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["azp"] == "me"
    assert claims["exp"] > time.time() + 3000
    assert token["expires_in"] == 3600
    assert check(f"Bearer {token['access_token']}") == "me"


def test_a_client_may_say_its_name_in_the_header() -> None:
    header = "Basic " + base64.b64encode(b"me:none").decode()
    assert check(f"Bearer {issue('grant_type=client_credentials', header)['access_token']}") == "me"


@pytest.mark.parametrize(
    ("form", "status"),
    [("", 400), ("grant_type=client_credentials", 401), ("grant_type=x", 400), ("&".join(["a=1"] * 60), 400)],
)
def test_an_invalid_form_gets_no_token(form: str, status: int) -> None:
    with pytest.raises(ServiceError) as caught:
        issue(form)
    assert caught.value.status == status


@pytest.mark.parametrize("header", ["", "Bearer", "Basic abc"])
def test_without_a_token_there_is_no_answer(header: str) -> None:
    with pytest.raises(ServiceError) as caught:
        check(header)
    assert (caught.value.status, caught.value.code) == (401, "COMMON_UNAUTHORIZED")


def test_a_token_ends() -> None:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": 1}).encode()).decode()
    with pytest.raises(ServiceError, match="expired"):
        check(f"Bearer a.{payload}.b")


@pytest.mark.parametrize(
    "path", ["/auth/realms/main/protocol/openid-connect/token", "/auth/realms/CDSE/protocol/openid-connect/token", "/oauth/token"]
)  # fmt: skip
def test_tokens_are_handed_out_at_each_address(service: Service, path: str) -> None:
    answer, _ = service.answer(Call("POST", path, {}, FORM.encode()))
    assert answer.status == 200
    assert json.loads(answer.body)["token_type"] == "Bearer"
