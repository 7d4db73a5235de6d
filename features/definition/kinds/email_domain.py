"""The domain of an e-mail address: a company's, or free mail, which belongs to none."""

import math
from functools import lru_cache

from features.core.parsing.domains import is_disposable, is_free_mail, read_domain
from features.core.text import Text
from features.definition.kinds.kind import YES_NO, AttributeKind, KindColumn, always


def _read(text: str) -> float:
    domain = read_domain(text)
    return math.nan if domain is None else _belongs_to_no_company(domain)


@lru_cache(maxsize=1 << 16)  # every address is another, but not what follows its @
def _belongs_to_no_company(domain: str) -> float:
    return float(bool(is_free_mail(domain) or is_disposable(domain)))


EMAIL_DOMAIN = AttributeKind(
    name="email_domain",
    kept_as="domain",
    columns=(
        KindColumn(
            name="{}_is_free_mail",
            label=Text(ja="{}がフリーメール", en="{} is free mail"),
            unit=YES_NO,
            reading=always(_read),
            choice=(
                Text(ja="フリーメール・使い捨てアドレス", en="free or throw-away mail"),
                Text(ja="企業のドメイン", en="a company's domain"),
            ),
        ),
    ),
    tests=("is_free_mail",),
    names_people=True,
)
