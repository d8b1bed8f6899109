"""One file per kind of register software, and the table that names them."""

from crawler.ask import Platform
from crawler.platforms.alinity import Alinity
from crawler.platforms.bulk import Bulk
from crawler.platforms.in1touch import In1touch
from crawler.platforms.keyed import Keyed
from crawler.platforms.nppes import Nppes
from crawler.platforms.socrata import Socrata
from crawler.platforms.table import Table
from crawler.platforms.thentia_dialects import Dialects
from crawler.platforms.webforms import Webforms

PLATFORMS: dict[str, Platform] = {
    "alinity": Alinity(),
    "bulk": Bulk(),
    "in1touch": In1touch(),
    "keyed": Keyed(),
    "nppes": Nppes(),
    "socrata": Socrata(),
    "table": Table(),
    "thentia": Dialects(),
    "webforms": Webforms(),
}


def keeps_session(platform: Platform) -> bool:
    """Whether a platform's register must be sent back the cookies it sets: `cookies = True`."""
    return getattr(platform, "cookies", False) is True
