"""Rules first, then a model that keeps silent where it is not sure; measured on what it never saw."""

# ruff: noqa: E501, S311 - tables of texts, and chance that must repeat
import csv
import random
from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from statsmodels.stats.inter_rater import cohens_kappa

from assets.analysis.agreement import kappa
from assets.texts import model as models
from assets.texts.features import cutter, features
from assets.texts.learning import learn
from assets.texts.normal import Normaliser
from assets.texts.phrases import Rules
from assets.texts.reading import Reader
from assets.texts.topics import topics
from config.errors import ConfigError
from config.rules import load_rules

TEXTS = load_rules(None).texts
WORDS = {
    "paper_jam": ["进纸口红灯亮", "打几张就停", "纸取不出来", "里面夹着纸屑"],
    "slow": ["开个病历要五分钟", "点什么都等半天", "慢得像蜗牛", "反应迟钝"],
    "network": ["连接超时", "页面刷不出来", "共享盘掉了", "网关不通"],
}


def _history(n, seed=1):
    draw = random.Random(seed)
    rows = []
    for _ in range(n):
        code = draw.choice(list(WORDS))
        rows.append(
            (f"{draw.choice(WORDS[code])}{draw.choice(['', ',急', ',三楼', ',麻烦快点'])}", code)
        )
    return [text for text, _ in rows], [code for _, code in rows]


@pytest.fixture(scope="module")
def reader():
    return Reader(TEXTS, [])


def test_one_spelling_for_width_tradition_case_synonyms_and_long_numbers():
    normal = Normaliser({"打印机": ["印表机"], "卡纸": ["夹纸", "夹住纸"]}).normal
    assert normal("印表機夾紙  HIS 1234567") == "打印机卡纸 his #"
    assert normal("<姓名>医生 夹住纸 E203 <电话>") == "医生 卡纸 e203"


def test_a_phrase_decides_alone_and_several_leave_it_to_the_model():
    rules = Rules(
        {"卡纸": "paper_jam", "蓝屏": "blue_screen"},
        [("机器坏了", "other"), ("机器坏了", "disk"), ("哔哔响", "noise")],
    )
    assert rules.match("又卡纸了").code == "paper_jam"
    assert rules.match("又卡纸了").because == "卡纸"
    assert rules.match("卡纸后蓝屏") is None
    assert rules.match("机器坏了") is None, "people disagree"
    assert (rules.match("哔哔响").code, rules.match("哔哔响").kind) == ("noise", "confirmed")


def test_words_of_the_house_are_not_cut_apart():
    assert "w:搓纸轮" in features("搓纸轮坏", cutter(frozenset(["搓纸轮"])))


def test_equal_histories_give_equal_models_and_a_file_gives_equal_answers(tmp_path, reader):
    texts, codes = _history(400)
    first, second = (learn(texts, codes, reader.cut, TEXTS.learning) for _ in range(2))
    assert first.model.version == second.model.version
    path = tmp_path / "models" / "m.npz"
    models.save(first.model, path)
    again = models.load(path)
    assert again.version == first.model.version
    assert path.stat().st_mode & 0o777 == 0o600
    assert again.answer(texts, reader.cut) == first.model.answer(texts, reader.cut)
    path.write_bytes(path.read_bytes()[:100])
    assert models.load(path) is None
    assert models.load(tmp_path / "none.npz") is None


def test_a_model_abstains_on_what_it_does_not_know(reader):
    texts, codes = _history(400)
    model = learn(texts, codes, reader.cut, TEXTS.learning).model
    known, unknown = model.answer(["打几张就停", "zzz qqq"], reader.cut)
    assert (known.code, known.is_sure) == ("paper_jam", True)
    assert (unknown.is_sure, unknown.confidence) == (False, 0)


def test_noise_reaches_no_precision_and_is_answered_by_nobody(reader):
    texts, codes = _history(600)
    draw = random.Random(3)
    draw.shuffle(codes)
    learnt = learn(texts, codes, reader.cut, TEXTS.learning)
    assert sum(a.is_sure for a in learnt.model.answer(texts, reader.cut)) <= 0.05 * len(texts)


def test_too_little_history_is_no_model(reader):
    texts, codes = _history(150)
    assert learn(texts, codes, reader.cut, TEXTS.learning) is None
    assert learn(["a b"] * 300, ["one"] * 300, reader.cut, TEXTS.learning) is None


def test_what_occurs_in_one_text_alone_is_not_in_the_model(reader):
    texts, codes = _history(400)
    texts[7] += "诸葛孔"
    vocabulary = learn(texts, codes, reader.cut, TEXTS.learning).model.linear.vocabulary
    assert not any("诸葛" in feature for feature in vocabulary)


def test_kappa_and_its_interval_are_those_of_others():
    # Fleiss, Cohen & Everitt 1969, table 1 (proportions of 200 cases)
    table = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    counts = {(str(i), str(j)): int(table[i, j]) for i in range(3) for j in range(3)}
    theirs = cohens_kappa(table)
    assert kappa(counts) == pytest.approx((theirs.kappa, theirs.kappa_low, theirs.kappa_upp))
    assert kappa(counts)[0] == pytest.approx(0.429, abs=5e-4)
    assert kappa({}) is None
    assert kappa({("a", "a"): 9}) is None


def test_topics_put_alike_texts_together_and_leave_single_ones_alone(reader):
    texts = [
        "叫号屏不显示号码",
        "叫号屏号码不显示了",
        "叫号屏不显示",
        "门禁刷卡没开门",
        "门禁刷卡不开门",
        "门禁不开门刷卡",
        "电钟慢",
    ]
    named = topics(texts, reader.cut)
    assert len({named[text] for text in texts[:3]}) == 1
    assert len({named[text] for text in texts[3:6]}) == 1
    assert named[texts[0]] != named[texts[3]]
    assert "叫号" in named[texts[0]]
    assert texts[6] not in named


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("phrases: {paper_jamm: [卡纸]}", r"texts\.yml:1 .*未定义的故障代码「paper_jamm」"),
        ("synonyms: {卡纸: [蓝屏]}", r"texts\.yml:1 "),
        ("learning: {precision: 2}", r"texts\.yml:1 "),
        ("phrase: {}", r"texts\.yml:1 "),
    ],
)
def test_a_wrong_texts_file_is_told_with_its_line(tmp_path, own, told):
    (tmp_path / "texts.yml").write_text(own, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_rules(tmp_path)


def test_a_hospitals_file_overrides_by_key(tmp_path):
    (tmp_path / "texts.yml").write_text(
        "phrases: {paper_jam: [吃纸], toner: null}\nlearning: {precision: 0.8}", encoding="utf-8"
    )
    texts = load_rules(tmp_path).texts
    assert texts.phrases["paper_jam"] == ("吃纸",)
    assert "toner" not in texts.phrases
    assert (texts.learning.precision, texts.learning.min_texts) == (Decimal("0.8"), 200)


def test_real_orders_are_named_better_than_by_the_usual_words_and_logistic_regression(
    real_data, reader
):
    with (real_data / "excavators" / "excavators-cleaned.csv").open(
        encoding="utf-8", errors="replace"
    ) as file:
        rows = [row for row in csv.DictReader(file) if row["MajorSystem"] not in ("", "NA")]
    rows.sort(key=lambda row: row["BscStartDate"])
    raw, codes = [row["OriginalShorttext"] for row in rows], [row["MajorSystem"] for row in rows]
    cut = int(len(rows) * 0.7)
    normal = [text for _, text in reader.clean(raw)]
    model = learn(normal[:cut], codes[:cut], reader.cut, TEXTS.learning).model
    answers = model.answer(normal[cut:], reader.cut)
    truth, said = np.array(codes[cut:]), np.array([a.code for a in answers])
    sure = np.array([a.is_sure for a in answers])
    usual = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(raw[:cut], codes[:cut])
    theirs = usual.predict(raw[cut:])

    def macro(truth, said):
        return f1_score(truth, said, average="macro", zero_division=0)

    assert len(rows) == 3086
    assert sure.mean() >= 0.8
    assert macro(truth[sure], said[sure]) >= macro(truth[sure], theirs[sure])
    assert macro(truth, said) >= macro(truth, theirs)
    assert Counter(sure.tolist())[False] == 29
    assert round(macro(truth[sure], said[sure]), 3) == 0.499
