"""One file per kind of register software, and the table that names them."""

from crawler.ask import Platform
from crawler.platforms.bulk import Bulk
from crawler.platforms.thentia import Thentia

PLATFORMS: dict[str, Platform] = {"bulk": Bulk(), "thentia": Thentia()}
