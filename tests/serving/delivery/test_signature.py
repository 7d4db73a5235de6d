import pytest

from features.core.errors import LeadDataError
from serving.delivery.signature import new_secret, parse_keys, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_signature_is_the_one_of_the_specifications_example() -> None:
    signed = sign(
        parse_keys(SECRET),
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_give_two_signatures_while_one_replaces_the_other() -> None:
    both = parse_keys(f"{new_secret()} {SECRET}")

    signed = sign(both, b'{"test": 2432232314}', message_id="msg_1", timestamp=1)

    assert len(signed.split()) == 2
    assert signed.split()[1] == sign(
        both[1:], b'{"test": 2432232314}', message_id="msg_1", timestamp=1
    )


@pytest.mark.parametrize(
    "text", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_abcd", "whsec_not base64", "whsec_"]
)
def test_a_weak_or_misspelt_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(LeadDataError, match="whsec_ and base64") as refused:
        parse_keys(text)

    assert "MfKQ" not in str(refused.value)
