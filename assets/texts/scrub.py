"""Fault texts without people: names and personal numbers become tokens, the rest stays as it is.

Holds the patterns of what is hidden (identity, telephone, record and bed numbers, names, e-mail,
IP and MAC addresses) in the notations people use. Error codes, models, versions and dates stay.
Half width is made here, because numbers are typed in either; meaning is left to `normal`.

A name is only recognised where something says that it is one: a title behind it (王医生), a word
before it (联系人李四), or a list of names from the register. A bare name elsewhere cannot be told
from a word, so the lists of engineers and contacts are handed in.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

IDENTITY, PHONE, RECORD, BED, NAME = "<证件>", "<电话>", "<病案号>", "<床号>", "<姓名>"
EMAIL, ADDRESS, NUMBER = "<邮箱>", "<网址>", "<号码>"
TOKENS = (IDENTITY, PHONE, RECORD, BED, NAME, EMAIL, ADDRESS, NUMBER)

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
    "贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷"
    "钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦向柳邢岳齐"
    "梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋甘"
    "景薄单包司柏宁柯阮桂闵解强柴车冉房边吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符"
)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_HAN = "[\u4e00-\u9fff]"
_TITLE = (
    "(?:医生|医师|大夫|护士长|护士|主任|副主任|老师|教授|院长|科长|处长|工程师|师傅|先生|女士|"
    "小姐|阿姨|同志|经理|组长|药师|技师|护师|主管|工(?![作号单具位程况伤休种资装]))"
)
_CUE = (
    "(?:患者|病人|病员|姓名|联系人|报修人|申请人|经办人|使用人|负责人|家属|产妇|陪护|当事人|签名|"
    "找|请找|联系|叫|名叫|请|让|给|是|由|和|与|跟|向|同事|工程师|医生|医师|护士长|护士|主任|老师|科长)"
)
_STRONG_CUE = (
    "(?:患者|病人|病员|姓名|联系人|报修人|申请人|经办人|使用人|负责人|家属|产妇|陪护|签名|名叫)"
)
_END = f"(?={_TITLE}|[^\u4e00-\u9fff]|$|的|说|反映|报|打|来|在|处|那|电话|手机|床|住院|今|昨|，|已)"
_PHONE_CUE = (
    "(?:电话|座机|固话|手机|联系方式|联系|致电|来电|回电|短号|小号|虚拟网|内线|分机|转|热线|tel|phone|"
    "mobile|call|ext|拨打|拨|打)"
)
_RECORD_CUE = (
    "(?:病案|住院|门诊|病历|病例|就诊|登记|挂号|诊疗|患者|病人|医保|社保|检查|检验|影像|流水|体检|腕带)"
    "(?:卡|号码|编号|流水|id)?(?:号码|编号|号|卡|id)|(?:mrn|pid|patient\\s*id|病人id|患者id|id号|就诊卡|"
    "诊疗卡|医保卡|社保卡|一卡通号?)"
)
_LINK = r"(?:[\s:：#=.,，]|是|为|no)*"
_DIGITS = str.maketrans("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789")
_CHINESE_DIGITS = re.compile("[〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]{7,18}")
_ANY_DIGIT = re.compile(r"\d")
_MANY_DIGITS = re.compile(r"\d(?:[\s\-_.·()]{0,3}\d){6}")
_THREE_DIGITS = re.compile(r"\d(?:[ \t\-()]{0,2}\d){2}")
_BED_WORD = re.compile("[Bb][Ee][Dd]")

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MAC = re.compile(r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])")
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
                 r"(?:[:/]\d{1,5})?(?![\d.])")  # fmt: skip
_S = r"[ \t\-_.·]{0,3}"  # never across a line's end
_IDENTITY = re.compile(rf"(?<![A-Za-z0-9])[1-9](?:{_S}\d){{16}}{_S}[\dXx](?![A-Za-z0-9])")
_IDENTITY_15 = re.compile(rf"(?<![A-Za-z0-9])[1-9](?:{_S}\d){{14}}(?!{_S}[A-Za-z0-9])")
_MOBILE = re.compile(
    rf"(?<![0-9A-Za-z])\(?(?:\+|00)?(?:86)?\)?{_S}1[3-9]\d(?:{_S}\d){{8}}(?![0-9A-Za-z])"
)
_AREA = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?:\+|00)86{_S})?(?:\(0?\d{{2,3}}\)|0\d{{2,3}}){_S}[2-9]\d{{2,3}}{_S}\d{{4}}"
    rf"(?:\s*(?:转|-|ext\.?|分机)\s*\d{{1,5}})?(?![0-9A-Za-z])",
    re.I,
)
_HOTLINE = re.compile(r"(?<!\d)(?:400|800)[\s-]?\d{3}[\s-]?\d{4}(?!\d)")
_LOCAL = re.compile(r"(?<![0-9A-Za-z.-])[2-9]\d{3}[-\s]\d{4}(?![0-9A-Za-z-])")
_CUED_PHONE = re.compile(
    rf"({_PHONE_CUE}(?:号码?|机)?{_LINK})(\(?\d(?:[ \t\-()]{{0,2}}\d){{2,11}}\)?)(?![0-9A-Za-z])",
    re.I,
)
_RECORD = re.compile(
    rf"((?:{_RECORD_CUE}){_LINK})([A-Za-z]{{0,4}}[- ]?\d[\dA-Za-z]*(?:-\d+)*)",
    re.I,
)
_BED = re.compile(
    r"(?<![0-9A-Za-z._-])(?:第|加|\+|特|抢救)?[ \t]*"
    r"(?:[A-Za-z]?\d{1,4}(?:[ \t]*[-–/、和][ \t]*\d{1,4}){0,2}|[一二三四五六七八九十百]{1,5})"
    r"[ \t]*(?:号|#|[Nn][Oo]\.?)?[ \t]*(?:病)?床"
    r"(?![旁边头尾单垫板]|(?:位|号)[\s:#=是为]*[加+]?[A-Z]?\d|[:#=]?[加+]?\d)(?:位)?"
    r"|(?:病?床(?:位|号)*|[Bb][Ee][Dd])(?:[\s:#=]|是|为|[Nn][Oo]\.?)*[加+]?"
    r"(?:[A-Za-z]{0,2}-?\d{1,4}(?:-\d{1,3})?)(?![0-9A-Za-z])(?:号|床)?"
)
_LONG = re.compile(r"(?<![0-9A-Za-z._-])\d{9,}(?![0-9A-Za-z])")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?"
)
_TITLED = re.compile(
    rf"(?:(?<=^)|(?<=[^\u4e00-\u9fff])|(?<=[请让给找叫由和与跟向及的是位>]))"
    rf"{_SURNAME}{_HAN}{{0,2}}?(?={_TITLE})"
    rf"|{_SURNAME}(?={_TITLE})"
)
_CUED_NAME = re.compile(
    rf"({_STRONG_CUE}(?:姓名|名字|叫|名)?(?:[\s:：=,，]|是|为)*)({_SURNAME}{_HAN}{{1,2}}?|某某){_END}"
)
_CALLED = re.compile(
    rf"((?:{_CUE})\s*[:：]?\s*)({_SURNAME}{_HAN}{{1,2}}?)(?={_TITLE}|[\s,，。;；:：(（)）、/]|$|电话|手机)"
)
_NICK = re.compile(
    rf"(?<![\u4e00-\u9fff大])[小老阿]{_SURNAME}(?=[^\u4e00-\u9fff]|$|说|反映|报修|处|那边|电话)"
)
_ENGLISH = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s+[A-Z][a-z]+(?:\s+[A-Z][a-z]+)?")
_WECHAT = re.compile(r"((?:微信号?|vx|wx|qq号?)\s*[:：]?\s*)([A-Za-z0-9_-]{5,20})", re.I)
_MAY_NAME = re.compile(rf"{_CUE}|{_TITLE}|[小老阿]|\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\b")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MIN_NAME = 2


class Scrubber:
    """Hides people in texts; the same text always gives the same result."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Know the names of a register (engineers, contacts): they are hidden wherever they stand.

        Args:
            names: whole names; a single character is ignored.
        """
        known = sorted({n.strip() for n in names if len(n.strip()) >= _MIN_NAME}, key=len)[::-1]
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def scrub(self, text: str) -> str:
        """Return the text in half width with tokens in the place of people."""
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
        if self._known is not None:
            text = self._known.sub(NAME, text)
        if _CHINESE_DIGITS.search(text):
            text = _CHINESE_DIGITS.sub(lambda m: m[0].translate(_DIGITS), text)
        has_digit = _ANY_DIGIT.search(text) is not None
        if "@" in text:
            text = _EMAIL.sub(EMAIL, text)
        if has_digit:
            text = _numbers(text)
        if "床" in text or (has_digit and _BED_WORD.search(text)):
            text = _hidden(_BED, BED, text)
        if has_digit:
            text = _hidden(_LOCAL, PHONE, text)
            if _LONG.search(text):
                text = _LONG.sub(lambda m: m[0] if _DATE.fullmatch(m[0]) else NUMBER, text)
        return _names(text) if _MAY_NAME.search(text) else text


def _numbers(text: str) -> str:
    if ":" in text or "-" in text:
        text = _hidden(_MAC, ADDRESS, text)
    if "." in text:
        text = _hidden(_IP, ADDRESS, text)
    text = _hidden(_WECHAT, NUMBER, text)
    if _THREE_DIGITS.search(text):
        text = _hidden(_RECORD, RECORD, text)
    if _MANY_DIGITS.search(text):
        text = _IDENTITY.sub(lambda m: IDENTITY if _is_identity(m[0]) else m[0], text)
        text = _IDENTITY_15.sub(lambda m: IDENTITY if _is_old_identity(m[0]) else m[0], text)
        for pattern in (_MOBILE, _AREA, _HOTLINE):
            text = _hidden(pattern, PHONE, text)
    return _hidden(_CUED_PHONE, PHONE, text) if _THREE_DIGITS.search(text) else text


def _names(text: str) -> str:
    for pattern in (_CUED_NAME, _TITLED, _CALLED, _NICK, _ENGLISH):
        text = _hidden(pattern, NAME, text)
    return text


def _hidden(pattern: re.Pattern[str], token: str, text: str) -> str:
    """Put the token in the place of every match, behind what its first group holds, if it has one.

    Most texts hold nothing: a search that fails costs a third of a substitution.
    """
    if pattern.search(text) is None:
        return text
    if pattern.groups:
        return pattern.sub(lambda m: m[1] + token, text)
    return pattern.sub(token, text)


def _is_identity(written: str) -> bool:
    """Tell whether 18 digits are an identity number: a birth date in place, or a valid check."""
    digits = re.sub(r"[^0-9Xx]", "", written).upper()
    return _is_birth(digits[6:14]) or is_valid_identity(digits)


def is_valid_identity(digits: str) -> bool:
    """Tell whether the check digit of an 18-digit identity number is right (GB 11643)."""
    total = sum(int(d) * w for d, w in zip(digits[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17]


def _is_old_identity(written: str) -> bool:
    return _is_birth("19" + re.sub(r"\D", "", written)[6:12])


def _is_birth(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= day <= date(2100, 1, 1)
