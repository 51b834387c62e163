"""Endpoints: keys that are stored, addresses that are taken, and what is known of one that is down."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import httpx
import pytest
from django.test import TestCase
from django.utils import timezone

from chat import endpoints
from chat.assistants import trying
from chat.endpoints import Refused, addresses, health, keys
from chat.llm import dialing, errors
from chat.llm.metadata import is_metadata
from chat.models import Endpoint
from tests.provider import Provider

pytestmark = pytest.mark.slow

KEY = "sk-a-very-secret-key-1234567890"
URL = "https://api.example.com/v1"


def row(**fields: object) -> Endpoint:
    return Endpoint(**{"name": "Ours", "protocol": "openai", "url": URL, **fields})


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider.running() as provider:
        yield provider


class TestKeys:
    def test_a_sealed_key_is_read_again_and_stands_nowhere_in_what_is_stored(self) -> None:
        sealed = keys.seal(KEY, URL)
        assert KEY not in sealed
        assert keys.seal(KEY, URL) != sealed, "the same key twice must not be seen to be the same"
        assert keys.unseal(row(key_sealed=sealed)) == KEY
        assert keys.unseal(row(key_sealed=sealed, url=f"{URL}/")) == KEY
        assert keys.unseal(row()) == ""

    def test_it_is_for_the_address_it_was_stored_for(self) -> None:
        stolen = row(key_sealed=keys.seal(KEY, URL), url="https://elsewhere.example/v1")
        with pytest.raises(keys.Unusable, match=r"stored for another address.*Enter the key again"):
            endpoints.resolve(stolen)

    def test_after_another_secret_key_it_asks_for_the_key_again(self, settings: object) -> None:
        sealed = keys.seal(KEY, URL)
        settings.SECRET_KEY = "another " * 8  # type: ignore[attr-defined]
        with pytest.raises(keys.Unusable, match=r"Ours .*SECRET_KEY.*Enter the key again"):
            keys.unseal(row(key_sealed=sealed))

    def test_a_variable_is_read_when_it_is_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ours = row(key_variable="OUR_API_KEY")
        with pytest.raises(keys.Unusable, match="OUR_API_KEY, which is empty or not set"):
            keys.unseal(ours)
        monkeypatch.setenv("OUR_API_KEY", KEY)
        resolved = endpoints.resolve(ours)
        assert resolved.key == KEY
        assert KEY not in repr(resolved)

    @pytest.mark.parametrize(
        "name",
        [
            "SECRET_KEY", "AUDIT_KEY", "DATABASE_URL", "REDIS_URL", "CHAT_ADMIN_PASSWORD", "METRICS_TOKEN", "CHAT_PROVIDER_KEY",
            "CHAT_MODERATION_KEY", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "PATH", "our_api_key", "OUR_API_KEY\n", "_API_KEY",
        ],
    )  # fmt: skip
    def test_no_secret_of_the_servers_own_may_be_named(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, KEY)
        with pytest.raises(Refused, match="_API_KEY"):
            keys.check_variable(name)
        with pytest.raises(keys.Unusable):  # nor where a row says so that was not stored by our pages
            keys.unseal(row(key_variable=name))

    @pytest.mark.parametrize("name", ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "REPLICATE_API_TOKEN"])
    def test_the_usual_names_of_providers_keys_may(self, name: str) -> None:
        keys.check_variable(name)


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://localhost:11434", "http://127.0.0.1:8080/v1", "http://10.0.0.7/v1", "http://[::1]:8080/v1",
            "https://x.openai.azure.com/openai/v1?api-version=preview", "http://ollama:11434", "http://192.168.1.4",
        ],
    )  # fmt: skip
    def test_any_may_be_entered_internal_ones_too(self, url: str) -> None:
        addresses.check(url)

    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest/meta-data", "http://2852039166/", "http://0xA9FEA9FE/", "http://169.254.43518/",
            "http://0251.0376.0251.0376/", "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/",
            "http://metadata.google.internal/", "http://METADATA.google.internal./", "http://100.100.100.200/",
            "http://169.254.170.2/v2/credentials",
        ],
    )  # fmt: skip
    def test_not_where_a_cloud_tells_credentials(self, url: str) -> None:
        with pytest.raises(Refused, match="credentials") as refused:
            addresses.check(url)
        assert refused.value.field == "url"

    @pytest.mark.parametrize(
        "url", ["", "example.com", "ftp://x/", "http://", "http://[", "http://x:0/", "http://a b/"]
    )
    def test_what_is_no_address_is_refused_with_an_example(self, url: str) -> None:
        with pytest.raises(Refused, match=r"no address.*such as http"):
            addresses.check(url)

    def test_a_password_in_it_is_refused_and_not_repeated(self) -> None:
        for url in ("https://me:hunter2@api.example.com/v1", "ftp://me:hunter2@api.example.com"):
            with pytest.raises(Refused) as refused:
                addresses.check(url)
            assert "hunter2" not in str(refused.value)

    def test_a_name_that_leads_there_is_not_connected_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def dialled(address: str) -> None:
            async def resolved(*_: object, **__: object) -> list[tuple]:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
            (await dialing.dial("model.example", port)).close()

        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
            asyncio.run(dialled("127.0.0.1"))
            with pytest.raises(httpx.ConnectError, match="ever connected to") as refused:
                asyncio.run(dialled("169.254.169.254"))
        assert "169.254" not in str(refused.value)

    def test_names_and_neighbours_of_such_addresses_are_none(self) -> None:
        for host in ("metadata.example.com", "169.253.1.1", "fe80::1", "localhost", "100.100.100.201"):
            assert not is_metadata(host), host


class TestTrying:
    """What a list of models says about an endpoint that is down."""

    def problem(self, failure: str, **fields: object) -> str:
        return asyncio.run(trying.problem(row(model="small", failure=failure, **fields)))

    def test_one_that_lists_its_models_works_and_one_that_has_no_list_does_too(
        self, provider: Provider
    ) -> None:
        failure = health.words(errors.Unreachable("x"))
        assert self.problem(failure, url=provider.lists("listing", "small")) == ""
        assert self.problem(failure, url=provider.url("status-404")) == ""
        assert "Nothing answers at its address" in self.problem(failure, url="http://127.0.0.1:9/v1")

    def test_one_that_refuses_the_key_or_lacks_the_model_is_still_down(self, provider: Provider) -> None:
        url = provider.locks("locked", KEY)
        provider.lists("locked", "small")
        refused = health.words(errors.KeyRefused("HTTP 401"))
        assert "did not accept the key" in self.problem(refused, url=url)
        assert self.problem(refused, url=url, key_sealed=keys.seal(KEY, url)) == ""
        unknown = health.words(errors.ModelNotFound("HTTP 404"))
        assert self.problem(unknown, url=provider.lists("other", "large")) == unknown
        assert self.problem(unknown, url=provider.lists("other", "large", "small")) == ""

    def test_a_wrong_path_is_not_taken_for_a_server_without_a_list(self, provider: Provider) -> None:
        missing = health.words(errors.AddressNotFound("HTTP 404"))
        assert self.problem(missing, url=provider.url("nothing-here")) != ""


class Health(TestCase):
    def setUp(self) -> None:
        self.row = row()
        self.row.save()

    def now(self) -> Endpoint:
        return Endpoint.objects.get(pk=self.row.pk)

    def test_what_is_its_own_fault_marks_it_once_and_what_works_clears_it(self) -> None:
        assert health.failed(self.row.pk, errors.Unreachable("phase=connect ConnectError"))
        first = self.now()
        assert first.failing_since
        assert first.failure == "Nothing answers at its address. (phase=connect ConnectError)"
        health.failed(self.row.pk, errors.KeyRefused("HTTP 401", status=401))
        assert self.now().failing_since == first.failing_since
        assert self.now().failure == "It did not accept the key. (HTTP 401)"
        health.works(self.row.pk)
        assert (self.now().failing_since, self.now().failure, self.now().tried_at) == (None, "", None)

    def test_what_is_about_the_question_does_not(self) -> None:
        for error in (
            errors.ContextTooLong("x"), errors.RequestBlocked("x"), errors.RequestRefused("x", status=400),
            errors.RateLimited("x", status=429), errors.TooLarge("x"), errors.ServerFault("inside the answer"),
        ):  # fmt: skip
            assert not health.failed(self.row.pk, error)
        assert self.now().failing_since is None
        assert health.failed(self.row.pk, errors.ServerFault("HTTP 500", status=500))

    def test_a_model_that_it_does_not_have_is_its_fault_where_it_is_its_own(self) -> None:
        Endpoint.objects.filter(pk=self.row.pk).update(model="small")
        assert not health.failed(self.row.pk, errors.ModelNotFound("HTTP 404"), "large")
        assert self.now().failing_since is None
        assert health.failed(self.row.pk, errors.ModelNotFound("HTTP 404"), "small")
        assert self.now().failing_since

    def test_it_is_tried_after_ten_seconds_then_ever_later_up_to_five_minutes_by_one_process(self) -> None:
        health.failed(self.row.pk, errors.Overloaded("HTTP 503", status=503))
        began = self.now().failing_since
        assert began is not None
        tries, moment = [], began
        for _ in range(8):
            moment = health.next_try(self.now())
            assert not health.due(moment - timedelta(milliseconds=1))
            found = health.due(moment)
            assert [each.pk for each in found] == [self.row.pk]
            assert health.take(found[0], moment)
            assert not health.take(found[0], moment), "another process had read it too"
            tries.append((moment - began).total_seconds())
        assert tries == [10, 20, 40, 80, 160, 320, 620, 920]

    def test_one_that_is_archived_is_left_alone(self) -> None:
        health.failed(self.row.pk, errors.Unreachable("x"))
        Endpoint.objects.filter(pk=self.row.pk).update(archived_at=timezone.now())
        assert not health.due(timezone.now() + timedelta(hours=1))
