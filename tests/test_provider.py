"""The fake provider itself: what other tests rely on."""

import json
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.asking import ask, provider_fixtures, text_of
from tests.material import ROOT
from tests.provider import FORBIDDEN, SECRET, Provider, gated, say

running, provider = provider_fixtures()


def judge(url: str, *inputs: str) -> list[bool]:
    body = json.dumps({"model": "m", "input": list(inputs)}).encode()
    with build_opener(ProxyHandler({})).open(Request(f"{url}/moderations", body), timeout=10) as response:
        return [result["flagged"] for result in json.load(response)["results"]]


def test_a_scenario_can_be_named_by_the_model_too(provider: Provider) -> None:
    assert text_of(ask(f"http://127.0.0.1:{provider.port}/v1", model="hello")) == "Hello, world."


def test_scripts_are_played_in_turn_and_the_last_one_again(provider: Provider) -> None:
    url = provider.script("mine", say("one"), say("two"))
    assert [text_of(ask(url)) for _ in range(3)] == ["one", "two", "two"]


def test_text_can_be_named_in_the_address(provider: Provider) -> None:
    assert text_of(ask(provider.url("say:Grüße / 100 %?"))) == "Grüße / 100 %?"
    assert text_of(ask(provider.url("echo"))) == "You said: Hello?"


def test_a_gate_released_beforehand_stands_open(provider: Provider) -> None:
    url = provider.script("mine", gated("a", "b", "c"))
    provider.release("mine", times=3)
    assert text_of(ask(url)) == "abc"
    assert provider.wait_for_end(0)["ended_by"] == "server"


def test_moderation_judges_as_told_and_can_change_its_mind(provider: Provider) -> None:
    url = provider.url("anything")
    assert judge(url, "fine", f"so {FORBIDDEN}", SECRET) == [False, True, False]
    assert judge(provider.url("flag"), "fine") == [True]
    provider.moderate("anything", "one-too-many")
    assert judge(url, "fine") == [False, False]
    provider.moderate("anything", "pass")
    assert judge(url, FORBIDDEN) == [False]


def test_asking_for_what_never_comes_fails_in_words(provider: Provider) -> None:
    with pytest.raises(AssertionError, match="'never' was asked 0 times"):
        provider.wait_for_request("never", within=0)


@pytest.mark.slow
def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.provider", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().split(":")[2].partition("/")[0])
            assert text_of(ask(Provider(port).url("hello"))) == "Hello, world."
        finally:
            process.terminate()


def test_a_list_of_models_and_a_key(provider: Provider) -> None:
    def listed(url: str, key: str = "") -> list[str] | int:
        request = Request(f"{url}/models", headers={"Authorization": f"Bearer {key}"})
        try:
            with build_opener(ProxyHandler({})).open(request) as response:
                return [each["id"] for each in json.load(response)["data"]]
        except HTTPError as error:
            return error.code

    assert listed(provider.url("plain")) == 404
    url = provider.lists("mine", "small", "large")
    assert listed(url) == ["small", "large"]
    provider.locks("mine", "right")
    assert [listed(url, "wrong"), listed(url, "right")] == [401, ["small", "large"]]
