"""Guessing is slowed down, per name and address, and nobody can be locked out from elsewhere."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat import people
from chat.models import LoginFailure
from tests.races import together

pytestmark = pytest.mark.slow

HOME, AWAY = "192.0.2.1", "198.51.100.7"


def fail(times: int, address: str = HOME, name: str = "ann") -> None:
    for _ in range(times):
        people.attempt("sign-in", address, name)


def refused(address: str = HOME, name: str = "ann") -> bool:
    try:
        people.attempt("sign-in", address, name)
    except people.Throttled:
        return True
    return False


def test_ten_failures_are_heard_and_the_eleventh_is_refused_with_how_long(db: None) -> None:
    fail(10)
    with pytest.raises(people.Throttled) as caught:
        fail(1)
    assert 0 < caught.value.seconds <= 15 * 60
    assert caught.value.sentence == "Too many attempts that did not succeed. Try again in 15 minutes."


def test_the_owner_still_signs_in_from_another_address(db: None) -> None:
    fail(10)
    assert refused(HOME)
    assert not refused(AWAY)


def test_fifty_failures_over_many_names_close_the_address(db: None) -> None:
    for number in range(50):
        fail(1, name=f"guess{number}")
    assert refused(name="another")
    assert not refused(AWAY, name="another")


def test_success_forgives_the_name_but_not_the_address(db: None) -> None:
    fail(9)
    for number in range(40):
        fail(1, name=f"guess{number}")
    people.attempt("sign-in", HOME, "ann").succeeded()
    fail(1)
    assert refused(name="ann"), "one more than fifty at this address, whatever succeeded between"


def test_success_clears_the_failures_before_it(db: None) -> None:
    fail(9)
    people.attempt("sign-in", HOME, "ann").succeeded()
    fail(10)
    assert refused()


def test_a_refused_attempt_is_not_counted_so_waiting_helps(db: None) -> None:
    fail(10)
    rows = LoginFailure.objects.count()
    assert refused()
    assert LoginFailure.objects.count() == rows
    LoginFailure.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert not refused()
    assert LoginFailure.objects.count() == 2, "the old rows are gone and the new attempt is one of each kind"


@pytest.mark.parametrize("spelling", ["ANN", " ann ", "\uff41nn"])
def test_another_spelling_of_the_name_counts_as_the_same(db: None, spelling: str) -> None:
    fail(10)
    assert refused(name=spelling)


def test_a_household_of_ipv6_is_one_address_and_the_next_is_another(db: None) -> None:
    fail(10, "2001:db8:1:2::1")
    assert refused("2001:db8:1:2:ffff::9")
    assert not refused("2001:db8:1:3::1")


def test_the_same_ipv4_address_written_as_ipv6_is_the_same(db: None) -> None:
    fail(10)
    assert refused(f"::ffff:{HOME}")


def test_names_and_addresses_are_not_readable_in_the_rows(db: None) -> None:
    fail(1)
    for row in LoginFailure.objects.all():
        assert len(row.key) == 64
        assert "ann" not in row.key
        assert HOME not in row.key


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_count_each_other() -> None:
    fail(8)
    outcomes = together(*[lambda: people.attempt("sign-in", HOME, "ann")] * 6)
    heard = [outcome for outcome in outcomes if isinstance(outcome, people.Attempt)]
    assert all(isinstance(outcome, people.Attempt | people.Throttled) for outcome in outcomes)
    assert len(heard) <= 2
