"""How the pages are served: one table of settings with their defaults."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """Settings of the pages.

    Attributes
    ----------
    secure_cookies : bool
        Cookies travel over HTTPS only. Browsers make an exception for localhost; turn it off only
        to try the pages over plain HTTP in a closed network.
    session_lasts : timedelta
        After this long everybody signs in again.
    session_idle : timedelta
        After this long without a request, too (ASVS 4.0, 3.3.2, names half an hour at level 2).
    rows_per_page : int
        Leads on one page of the worklist.
    requests_per_second : int
        Requests that one key of the API may make a second, in one process.
    """

    secure_cookies: bool = True
    session_lasts: timedelta = timedelta(hours=12)
    session_idle: timedelta = timedelta(minutes=30)
    rows_per_page: int = 50
    requests_per_second: int = 2_000
