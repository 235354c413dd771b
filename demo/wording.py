"""How a ward puts a fault into words: the catalogue's sentences, and what people make of them.

Holds the variations of a ticket's title and description: places, haste, slips of the keyboard,
error codes, and now and then a name, an extension or a bed that has no business there. Draws come
from a stream of their own, so that the wording changes nothing else of the hospital.
"""

from demo.chance import Chance

_SLIPS = {
    "卡纸": ("夹纸", "卡住纸"),
    "蓝屏": ("兰屏", "篮屏"),
    "硒鼓": ("晒鼓", "西鼓"),
    "打印机": ("打印记", "印表机"),
    "断网": ("没网", "上不了网"),
    "黑屏": ("屏幕不亮",),
    "鼠标": ("滑鼠",),
    "密码": ("密马",),
}
_BEFORE = ("{place}", "{device}", "{place}{device}", "急！", "麻烦看下，", "您好，")
_AFTER = (
    "，急",
    "，请尽快",
    "，病人在等",
    "，昨天修过又这样",
    "，重启也没用",
    "，不知为何",
    "！！",
)
_CODES = ("报 E203", "代码0x0000007B", "提示50.4", "ORA-12541", "错误-2147467259", "SC542")
_SURNAMES = "王李张刘陈杨赵黄周吴"
_SLIP_SHARE, _BEFORE_SHARE, _AFTER_SHARE = 0.3, 0.35, 0.3
_LOST_LETTER_SHARE, _CODE_SHARE, _PERSON_SHARE = 0.05, 0.06, 0.12
_SHORTEST = 5


class Wording:
    """Puts reports into words."""

    def __init__(self, draw: Chance) -> None:
        """Take the stream that the words are drawn from."""
        self.draw = draw

    def said(self, text: str, place: str, device: str) -> tuple[str, str]:
        """Return title and description of a report.

        Args:
            text: the sentence of the catalogue.
            place: name of the department.
            device: name of the device's class, empty without one.
        """
        title = self._slip(text)
        if self.draw.hits(_BEFORE_SHARE):
            title = self.draw.one(_BEFORE).format(place=place, device=device) + title
        if self.draw.hits(_AFTER_SHARE):
            title += self.draw.one(_AFTER)
        if self.draw.hits(_CODE_SHARE):
            title += f"，{self.draw.one(_CODES)}"
        detail = f"{title}。{self._person()}" if self.draw.hits(_PERSON_SHARE) else title
        return title, detail

    def _slip(self, text: str) -> str:
        for word, others in _SLIPS.items():
            if word in text and self.draw.hits(_SLIP_SHARE):
                text = text.replace(word, self.draw.one(others))
        if len(text) > _SHORTEST and self.draw.hits(_LOST_LETTER_SHARE):
            at = int(self.draw.random() * len(text))
            text = text[:at] + text[at + 1 :]
        return text

    def _person(self) -> str:
        surname = self.draw.one(_SURNAMES)
        number = 6000 + int(self.draw.random() * 2000)
        bed = 1 + int(self.draw.random() * 60)
        return self.draw.one(
            (
                f"找{surname}护士，内线{number}",
                f"{bed}床病人用的",
                f"联系{surname}医生 分机{number}",
            )
        )
