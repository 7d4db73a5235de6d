"""Mail domains that belong to no company: free mail, access providers and throw-away addresses.

Throw-away domains come from the maintained list of the package ``disposable-email-domains``. Free
mail and the mail of access and mobile providers are a table of facts here, since no package knows
Japan's. A domain found in neither is taken as a company's.
"""

import re

from disposable_email_domains import blocklist

from features.core.parsing.plain import plain, words

# Brands that hand out addresses under many country domains: yahoo.co.jp, hotmail.fr.
FREE_MAIL_BRANDS = frozenset(
    {"yahoo", "hotmail", "outlook", "live", "gmx", "yandex", "aol", "ymail"}
)

# Also everything under them: xxx.ocn.ne.jp.
FREE_MAIL_DOMAINS = frozenset(
    {
        # The world's
        *words(
            "gmail.com, googlemail.com, msn.com, rocketmail.com, icloud.com, me.com, mac.com, "
            "proton.me, protonmail.com, pm.me, tutanota.com, tuta.io, tuta.com, zohomail.com, "
            "zohomail.jp, fastmail.com, fastmail.fm, hey.com, mail.com, email.com, inbox.com, "
            "hushmail.com, duck.com, passmail.net, privaterelay.appleid.com"
        ),
        # Japan: free mail, access providers, mobile carriers
        *words(
            "mail.goo.ne.jp, goo.jp, excite.co.jp, livedoor.com, infoseek.jp, ybb.ne.jp, "
            "nifty.com, nifty.ne.jp, biglobe.ne.jp, so-net.ne.jp, ocn.ne.jp, plala.or.jp, "
            "dti.ne.jp, asahi-net.or.jp, home.ne.jp, zaq.ne.jp, wakwak.com, eonet.ne.jp, "
            "hi-ho.ne.jp, infoweb.ne.jp, odn.ne.jp, dion.ne.jp, tiki.ne.jp, mopera.net, "
            "docomo.ne.jp, ezweb.ne.jp, au.com, softbank.ne.jp, i.softbank.jp, ymobile.ne.jp, "
            "vodafone.ne.jp, willcom.com, uqmobile.jp, rakuten.jp, rakumail.jp, "
            "ymobile1.ne.jp, commufa.jp, ctk.ne.jp, tcp-ip.or.jp, mineo.jp, nuro.jp, kcn.jp, "
            "sannet.ne.jp"
        ),
        # Asia and the Pacific
        *words(
            "qq.com, vip.qq.com, 163.com, 126.com, yeah.net, 139.com, 189.cn, sina.com, "
            "sina.cn, sohu.com, foxmail.com, aliyun.com, tom.com, naver.com, daum.net, "
            "hanmail.net, nate.com, kakao.com, pchome.com.tw, hinet.net, seed.net.tw, "
            "rediffmail.com, singnet.com.sg, bigpond.com, bigpond.net.au, optusnet.com.au, "
            "xtra.co.nz, netvigator.com"
        ),
        # Europe
        *words(
            "web.de, t-online.de, freenet.de, arcor.de, mail.de, posteo.de, orange.fr, "
            "wanadoo.fr, free.fr, laposte.net, sfr.fr, neuf.fr, bbox.fr, libero.it, "
            "virgilio.it, tiscali.it, alice.it, tin.it, telefonica.net, sapo.pt, skynet.be, "
            "telenet.be, ziggo.nl, kpnmail.nl, planet.nl, bluewin.ch, aon.at, telia.com, "
            "online.no, seznam.cz, centrum.cz, wp.pl, o2.pl, onet.pl, interia.pl, abv.bg, "
            "ukr.net, mail.ru, bk.ru, inbox.ru, list.ru, rambler.ru, ya.ru, btinternet.com, "
            "sky.com, virginmedia.com, ntlworld.com, talktalk.net, blueyonder.co.uk, "
            "eircom.net"
        ),
        # The Americas
        *words(
            "comcast.net, verizon.net, att.net, sbcglobal.net, bellsouth.net, cox.net, "
            "charter.net, earthlink.net, juno.com, optonline.net, windstream.net, rogers.com, "
            "shaw.ca, sympatico.ca, telus.net, videotron.ca, uol.com.br, bol.com.br, "
            "terra.com.br, ig.com.br, prodigy.net.mx"
        ),
    }
)

_DOMAIN = re.compile(r"(?:^|@|www\.)([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+)\.?>?$")
# co.jp, com.br, fr: what may follow a brand.
_COUNTRY = re.compile(r"(?:(?:com?|ne|or)\.)?[a-z]{2}|com|net")
LONGEST_DOMAIN = 320
"""Characters of the longest e-mail address there can be (RFC 3696)."""


def read_domain(text: str | None) -> str | None:
    """Domain in lower case from a domain or an e-mail address; None where there is none.

    Examples
    --------
    >>> read_domain(" Taro@Example.CO.JP ")
    'example.co.jp'
    """
    if not text or len(text) > LONGEST_DOMAIN:
        return None
    match = _DOMAIN.search(plain(text))
    return match[1] if match else None


def is_free_mail(domain: str | None) -> bool | None:
    """Whether anyone can have an address there; None where no domain is given."""
    name = read_domain(domain)
    if name is None:
        return None
    brand, _, rest = name.partition(".")
    if brand in FREE_MAIL_BRANDS and _COUNTRY.fullmatch(rest):
        return True
    return any(parent in FREE_MAIL_DOMAINS for parent in _with_parents(name))


def is_disposable(domain: str | None) -> bool | None:
    """Whether addresses there are made to be thrown away; None where no domain is given."""
    name = read_domain(domain)
    if name is None:
        return None
    return any(parent in blocklist for parent in _with_parents(name))


def _with_parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]
