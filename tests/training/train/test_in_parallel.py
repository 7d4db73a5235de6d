"""Work that began before it was asked for gives, tells and fails as if it had begun then."""

import threading
import time

import pytest

from features.core.errors import Refusal
from features.core.progress import Share, ignore_share
from tests.patience import PATIENCE
from training.train.in_parallel import in_parallel


@pytest.mark.parametrize("begun", [True, False])
def test_whoever_asks_is_told_what_is_left_and_given_the_result(*, begun: bool) -> None:
    goes_on = threading.Event()
    shares: list[float] = []

    def make(told: Share) -> str:
        told(0.5)
        goes_on.wait(PATIENCE)
        told(1.0)
        return "made"

    def tell(share: float) -> None:
        shares.append(share)

    with in_parallel(make, begun=begun) as made:
        threading.Timer(0.1, goes_on.set).start()
        assert made(tell) == "made"

    assert shares[-1] == 1.0


def test_it_goes_on_beside_the_block() -> None:
    is_under_way = threading.Event()

    with in_parallel(lambda _: is_under_way.set(), begun=True) as made:
        assert is_under_way.wait(PATIENCE)
        made(ignore_share)


@pytest.mark.parametrize("begun", [True, False])
def test_what_it_cannot_do_is_told_where_it_is_asked_for(*, begun: bool) -> None:
    def refuse(told: Share) -> None:
        msg = "too little to learn from"
        raise Refusal(msg)

    with in_parallel(refuse, begun=begun) as made, pytest.raises(Refusal, match="too little"):
        made(ignore_share)


@pytest.mark.parametrize("error", [Refusal, KeyboardInterrupt])
def test_it_ends_at_its_next_share_where_the_block_ends_without_it(
    error: type[BaseException],
) -> None:
    went_through: list[bool] = []

    def for_ever(told: Share) -> None:
        went_through.append(False)
        for _ in range(100 * PATIENCE):
            told(0.5)
            time.sleep(0.01)
        went_through.append(True)

    def stopped() -> None:
        with in_parallel(for_ever, begun=True):
            raise error

    with pytest.raises(error):
        stopped()

    assert went_through == [False]
