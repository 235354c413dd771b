"""Text files of any usual encoding as UTF-8.

Holds the recognition (UTF-8 with or without a mark, UTF-16 with one, else GB18030, of which GBK and
GB2312 are parts) and the temporary copy. What the text says is read in `csv_body`.
"""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from config.errors import SourceError

_CHUNK = 1 << 20


@contextmanager
def as_utf8(path: Path) -> Iterator[Path]:
    """Yield the file, or a temporary copy of it in UTF-8 when it is in another encoding.

    Raises:
        SourceError: it is in none of the known encodings.
    """
    known = encoding(path)
    if known == "utf-8":
        yield path
        return
    with TemporaryDirectory(prefix="opspulse-") as folder:
        copy = Path(folder) / "utf8.csv"
        try:
            with (
                path.open(encoding=known, newline="") as old,
                copy.open("w", encoding="utf-8", newline="") as new,
            ):
                while chunk := old.read(_CHUNK):
                    new.write(chunk)
        except UnicodeError:
            raise SourceError(
                f"文件 {path.name} 的编码既不是 UTF-8 也不是 GB18030,或者文件已损坏。",
                "请另存为 UTF-8 编码。",
            ) from None
        yield copy


def encoding(path: Path) -> str:
    """Return ``utf-8``, ``utf-16`` or ``gb18030``; the last one is what is left, not proved.

    Raises:
        SourceError: the file cannot be opened, or is marked as UTF-8 and is not.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = b""
    try:
        with path.open("rb") as file:
            start = file.read(3)
            if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return "utf-16"
            file.seek(0)
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if start == codecs.BOM_UTF8:
            raise SourceError(
                f"文件 {path.name} 标明是 UTF-8,内容却不是:文件已损坏。", "请重新导出。"
            ) from None
        return "gb18030"
    except OSError as error:
        raise SourceError(
            f"无法读取文件 {path.name}。", "请检查读权限,或文件是否被占用。"
        ) from error
    return "utf-8"
