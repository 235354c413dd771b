"""No person is left in a fault text, whatever the notation; error codes and models are."""
# ruff: noqa: E501 - tables of texts, and chance that must repeat

import re
import unicodedata

import pytest
from fault_texts import CHINESE, generated

from assets.texts.scrub import TOKENS, Scrubber, is_valid_identity

BACK = {
    ord(word): str(digit) for word, digit in zip("零一二三四五六七八九", range(10), strict=True)
}
_TOKEN = re.compile("|".join(map(re.escape, TOKENS)))


def _is_left(secret: str, scrubbed: str) -> bool:
    """Whether a personal value can still be read, blanks and dashes aside."""
    if secret.startswith("床:"):
        number, scrubbed = secret.removeprefix("床:"), _TOKEN.sub("|", scrubbed)
        return bool(
            re.search(
                rf"(?<!\d){number}\s*(?:号|#)?\s*病?床|(?:床[位号]*|bed)\W*{number}", scrubbed
            )
        )
    joined = re.sub(r"[\s\-.()_]", "", _TOKEN.sub("|", scrubbed)).translate(BACK)
    return secret.upper() in joined.upper()


def test_two_thousand_texts_lose_every_person_and_no_error_code_or_model():
    left, lost = [], []
    for one in generated(2000, seed=5):
        scrubbed = Scrubber().scrub(one.text)
        left += [(one.text, scrubbed) for secret in one.secrets if _is_left(secret, scrubbed)]
        lost += [(word, scrubbed) for word in one.technical if word not in scrubbed]
    assert (left[:5], lost[:5]) == ([], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("患者张三丰，住院号：００１２３４５６，12床打印腕带失败", "患者<姓名>,住院号:<病案号>,<床号>打印腕带失败"),
        ("身份证１１０１０１ １９９００３０７ ７７５８读不出", "身份证<证件>读不出"),
        ("一三八零零一三八零零零，蓝屏0x0000007B", "<电话>,蓝屏0x0000007B"),
        ("打内线6032，192.168.1.23 不通", "打内线<电话>,<网址> 不通"),
        ("加3床监护仪ZK-M15报E203", "<床号>监护仪ZK-M15报E203"),
        ("李工请看HP LaserJet P1108", "<姓名>工请看HP LaserJet P1108"),
        ("问卷发到 a.b@hospital.cn", "问卷发到 <邮箱>"),
    ],
)  # fmt: skip
def test_what_is_hidden_leaves_a_token_that_says_what_it_was(text, expected):
    assert Scrubber().scrub(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "床旁打印机不动", "护士长说系统卡", "3号打印机", "网卡20261105更新后不行", "给高拍仪换线",
        "错误-2147467259 退不了费", "白色条码断线", "请安装打印机", "HIS报错ORA-00942", "V8.0.1.2345",
        "医生工作站打不开", "和利时系统", "打印机老是卡纸", "项目维护", "打印100张就卡", "工作位没电",
    ],
)  # fmt: skip
def test_what_is_no_person_stays_as_it_is(text):
    assert Scrubber().scrub(text) == unicodedata.normalize("NFKC", text)


def test_names_of_the_register_are_hidden_wherever_they_stand():
    assert Scrubber(["周启明", "张"]).scrub("和周启明说过了,张口就来") == "和<姓名>说过了,张口就来"


def test_scrubbing_twice_is_scrubbing_once():
    scrub = Scrubber().scrub
    assert all(scrub(scrub(one.text)) == scrub(one.text) for one in generated(300, seed=7))


def test_the_check_digit_is_that_of_the_standard():
    assert is_valid_identity("11010519491231002X")  # the example of GB 11643-1999
    assert not is_valid_identity("110105194912310021")
    assert "一".translate(BACK) == "1"
    assert "1".translate(CHINESE) == "一"
