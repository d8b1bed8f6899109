"""Large answers on their way to a file: Scrapy itself would hold all of their bytes in memory."""

from pathlib import Path
from typing import Any, BinaryIO

from scrapy.core.downloader.handlers import http11
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Request, Response
from w3lib.url import file_uri_to_path


class Sink:
    """The file of streamed answers, one at a time; stands where Scrapy keeps a body's bytes.

    Its path is the same every night, so that what a killed run leaves behind is overwritten.
    """

    def __init__(self, path: Path) -> None:
        """Nothing is touched before the first answer."""
        self.path = path
        self.file: BinaryIO | None = None
        self.error: OSError | None = None  # ours, not the register's: a full disk

    def begin(self) -> None:
        """Forget what an earlier answer left."""
        self.remove()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = self.path.open("wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Add to the body."""
        try:
            if self.file and not self.error:
                self.file.write(data)
        except OSError as error:
            self.error = error

    def truncate(self, size: int) -> None:
        """Scrapy's word for giving up on a body that is too large."""
        if self.file:
            self.file.truncate(size)

    def getvalue(self) -> bytes:
        """What Scrapy may have of the body: nothing."""
        return b""

    def remove(self) -> None:
        """Close the file and delete it."""
        if self.file:
            self.file.close()
            self.path.unlink(missing_ok=True)
        self.file = None


class _Reader(http11._ResponseReader):
    """Scrapy's reader, writing to the request's sink where it has one."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        if sink := self._request.meta.get("sink"):
            self._bodybuf = sink


# Scrapy has no door for this; everything else (TLS, proxies, limits, time) stays its own. If a new
# Scrapy reads bodies otherwise, the memory bound of tests/crawler/test_download.py says so.
http11._ResponseReader = _Reader  # type: ignore[misc]


class ToFile(http11.HTTP11DownloadHandler):
    """Scrapy's downloads; bodies of requests with a sink go there."""

    async def download_request(self, request: Request) -> Response:
        """Fetch; the response of such a request says in its meta where its body is."""
        if sink := request.meta.get("sink"):
            sink.begin()
            request.meta["path"] = sink.path
        return await super().download_request(request)


class InPlace(BaseDownloadHandler):
    """A file of the inbox, left where it is."""

    async def download_request(self, request: Request) -> Response:
        """Only see that it can be read; raises OSError."""
        path = Path(file_uri_to_path(request.url))
        path.open("rb").close()
        request.meta["path"] = path
        return Response(request.url)


HANDLERS = {
    "DOWNLOAD_HANDLERS": {
        "http": "crawler.download.ToFile",
        "https": "crawler.download.ToFile",
        "file": "crawler.download.InPlace",
    }
}
