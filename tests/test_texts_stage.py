"""The stage between pull and models: what is read once, what a confirmation does, what stays."""

# ruff: noqa: E501, S311, D102 - tables of texts, and chance that must repeat
import random
from datetime import datetime, timedelta

import pytest
from handmade import local
from pull_stores import open_warehouse, settings_for

from assets import decisions, models, rule_tables
from assets.decision_kinds import FaultCode, FaultCodeRejected, FaultPhrase
from assets.decision_pull import pull_decisions
from assets.decisions import Draft
from assets.increments import Refresh
from assets.raw_tables import ensure
from assets.texts import stage
from assets.texts.model import load
from assets.warehouse import transaction
from config.rules import load_rules

RULES = load_rules(None)
START = datetime(2026, 1, 1)  # noqa: DTZ001 - UTC, naive
AS_OF = local("2026-12-01 00:00")
SAID = {
    "paper_jam": ["打印机卡纸", "进纸口红灯亮", "打几张就停"],
    "slow": ["开个病历要五分钟", "点什么都等半天", "慢得像蜗牛"],
    "network_down": ["共享盘掉线", "页面刷不出来", "连接超时"],
}
MODELS = [
    spec
    for spec in models.discover()
    if spec.key in ("core.decisions", "core.fault_decisions", "core.fault_codes")
]


class Home:
    """A small warehouse with a history of tickets, its stage and its models."""

    def __init__(self, folder, tickets=300):
        self.settings = settings_for(folder, "sqlite:///nowhere.sqlite")
        self.con = open_warehouse(self.settings)
        self.load = 0
        self.count = 0
        with transaction(self.con):
            ensure(self.con)
        draw = random.Random(1)
        rows = []
        for _ in range(tickets):
            code = draw.choice(list(SAID))
            rows.append((f"{draw.choice(SAID[code])}{draw.choice(['', ',急', ',三楼'])}", code))
        self.add(*rows)

    def add(self, *rows):
        """Pull tickets (title, code); return their ids."""
        self.load += 1
        self.con.execute("insert into raw.loads (load_id, as_of) values (?, ?)", [self.load, AS_OF])
        ids = []
        for title, code in rows:
            self.count += 1
            ids.append(f"T{self.count:05d}")
            self.con.execute(
                "insert into raw.tickets (site_id, ticket_id, title, fault_family_code, "
                "reported_at, _source, _hash, _load_id, _is_deleted) "
                "values ('main', ?, ?, ?, ?, 'main', hash(?), ?, false)",
                [ids[-1], title, code, START + timedelta(hours=self.count), title, self.load],
            )
        return ids

    def decide(self, kind, subject, payload):
        draft = Draft("U07", "head", kind, subject, payload)
        decisions.append(self.settings.decisions_path, [draft])
        self.add()
        pull_decisions(self.con, self.settings.decisions_path, self.load)

    def run(self, *, is_nightly=False):
        """Run the stage, then the models."""
        with transaction(self.con):
            done = stage.refresh(
                self.con, self.settings.home, RULES.texts, load_id=self.load, is_nightly=is_nightly
            )
            context = rule_tables.RunContext(AS_OF, is_demo=False)
            rule_tables.load(self.con, RULES, self.settings, context)
            Refresh(self.con, whole_share=1).layer("core", MODELS)
        return done

    def codes(self, ticket_id):
        row = self.con.execute(
            "select code_reported, code_suggested, suggested_by, code_final, final_by, needs_review "
            "from core.fault_codes where ticket_id = ?",
            [ticket_id],
        ).fetchone()
        return tuple(row)


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    yield made
    made.con.close()


def test_the_first_run_learns_and_keeps_what_it_said_of_the_held_out_tickets(home):
    done = home.run()
    assert done.learnt is not None
    assert done.model_version == load(stage.model_path(home.settings.home)).version
    rows = home.con.execute("select count(*), min(ticket_id) from raw.fault_suggestions").fetchone()
    assert rows == (90, "T00211"), "the later 30 % of 300"
    quality = home.con.execute("select n, answered, correct from raw.text_quality").fetchone()
    assert quality[0] == 45
    assert home.codes("T00001")[1:3] == (None, None), "it was learnt from"


def test_only_new_and_changed_texts_are_read(home):
    home.run()
    assert home.run().scored == 0
    [new] = home.add(("进纸口红灯亮,麻烦", None))
    assert home.run().scored == 1
    assert home.codes(new) == (None, "paper_jam", "model", None, None, True)
    home.load += 1
    home.con.execute(
        "update raw.tickets set title = '电脑蓝屏', _load_id = ? where ticket_id = ?",
        [home.load, new],
    )
    home.con.execute("insert into raw.loads (load_id, as_of) values (?, ?)", [home.load, AS_OF])
    assert home.run().scored == 1
    assert home.codes(new)[1:3] == ("blue_screen", "phrase")


def test_the_engineers_code_is_never_overwritten(home):
    home.run()
    [theirs] = home.add(("进纸口红灯亮", "slow"))
    home.run()
    assert home.codes(theirs) == ("slow", "paper_jam", "model", "slow", "engineer", False)
    home.decide("fault_code", theirs, FaultCode(code="paper_jam"))
    home.run()
    assert home.codes(theirs) == ("slow", "paper_jam", "model", "paper_jam", "U07", False)


def test_a_confirmation_names_its_ticket_and_every_other_with_the_same_words(home):
    home.run()
    first, second, other = home.add(
        ("哐哐哐的怪动静", None), ("哐哐哐的怪动静", "other"), ("哒哒哒怪声", None)
    )
    home.run()
    assert home.codes(first)[5]
    home.decide("fault_code", first, FaultCode(code="noise", text="哐哐哐的怪动静"))
    assert home.run().scored == 2
    assert home.codes(first) == (None, "noise", "confirmed", "noise", "U07", False)
    assert home.codes(second) == ("other", "noise", "confirmed", None, None, True)
    assert home.codes(other)[1] != "noise"


def test_a_phrase_names_tickets_until_it_is_taken_back(home):
    home.run()
    [ticket] = home.add(("屏风机哐哐响动", None))
    home.run()
    before = home.codes(ticket)
    home.decide("fault_phrase", "哐哐", FaultPhrase(code="noise"))
    home.run()
    assert home.codes(ticket)[1:3] == ("noise", "phrase")
    home.decide("fault_phrase", "哐哐", FaultPhrase(code=None))
    home.run()
    assert home.codes(ticket) == before


def test_a_rejection_stays_in_the_queue_and_is_marked(home):
    home.run()
    [ticket] = home.add(("打印机卡纸", None))
    home.run()
    home.decide("fault_code_rejected", ticket, FaultCodeRejected(code_suggested="paper_jam"))
    home.run()
    row = home.con.execute(
        "select needs_review, is_rejected from core.fault_codes where ticket_id = ?", [ticket]
    ).fetchone()
    assert row == (True, True)


def test_no_person_reaches_the_suggestions_or_the_model(home):
    home.con.execute(
        "insert into raw.engineers (site_id, engineer_id, name, _is_deleted) "
        "values ('main', 'U1', '周启明', false)"
    )
    home.add(*[("打印机卡纸,找周启明 13812345678", "paper_jam")] * 60)
    home.run()
    stored = home.con.execute(
        "select string_agg(text || coalesce(normal_text, '') || coalesce(topic, '')) "
        "from raw.fault_suggestions"
    ).fetchone()[0]
    vocabulary = "|".join(load(stage.model_path(home.settings.home)).linear.vocabulary)
    for secret in ("周启", "启明", "1381", "2345"):
        assert secret not in stored
        assert secret not in vocabulary


def test_a_model_is_learnt_anew_at_night_when_a_tenth_has_changed_or_its_file_is_gone(home):
    first = home.run().model_version
    home.add(*[("点什么都等半天", "slow")] * 20)
    assert home.run(is_nightly=True).model_version == first
    home.add(*[("点什么都等半天", "slow")] * 20)
    assert home.run().model_version == first, "not by day"
    second = home.run(is_nightly=True)
    assert second.learnt is not None
    assert second.model_version != first
    stage.model_path(home.settings.home).unlink()
    assert home.run().learnt is not None


def test_the_models_follow_the_suggestions_as_a_full_build_has_them(home):
    home.run()
    ids = home.add(("卡纸", None), ("没见过的怪话", "other"), ("慢得像蜗牛", "slow"))
    home.run()
    home.decide("fault_code", ids[1], FaultCode(code="noise", text="没见过的怪话"))
    home.run()
    followed = home.con.execute("from core.fault_codes order by all").fetchall()
    models.build(home.con, MODELS)
    assert home.con.execute("from core.fault_codes order by all").fetchall() == followed
