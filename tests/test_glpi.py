"""Tickets and their lives as GLPI writes them become canonical tickets and events."""

import duckdb
import pytest
from glpi_pulled import DAY, actor, status, ticket

from assets.sources import html_text


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        # GLPI 10 stores rich text with its own brackets and ampersands encoded once more
        ("&#60;p&#62;A &#38;amp; B&#38;nbsp;C&#60;br&#62;二楼&#60;/p&#62;", "A & B C\n二楼"),
        # GLPI 11 stores it as it is
        ("<p>3 &lt; 5 &#x2103;</p><ul><li>a</li><li>b</li></ul>", "3 < 5 ℃\na\nb"),
        ("血压 < 90 & 心率 > 100", "血压 < 90 & 心率 > 100"),
        ("打印机 &#60;3F&#62;", "打印机 <3F>"),
        ("<style>p {}</style>x<!-- <b> --><script>if (1 < 2) {}</script>", "x"),
        ("&eacute;&ldquo;&rdquo;&amp;lt;", "é“”&lt;"),
        ("&bogus; &#0; &#55296; &#1114112;", "&bogus; &#0; &#55296; &#1114112;"),
        ("  卡纸 ", "卡纸"),
        ("<p>&nbsp;</p>", None),
        ("", None),
        (None, None),
    ],
)
def test_html_becomes_plain_text(stored, text):
    con = duckdb.connect()
    html_text.install(con)
    assert con.execute("select html_text($1)", [stored]).fetchone() == (text,)


def test_a_ticket_arrives_with_plain_text_and_the_contracts_words(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [
                ticket(
                    7,
                    name="打印机 &#60;3F&#62;",
                    content="&#60;p&#62;卡纸&#38;nbsp;&#38;amp; 异响&#60;/p&#62;",
                    type=2,
                    urgency=5,
                    priority=6,
                    itilcategories_id=3,
                    requesttypes_id=1,
                    locations_id=4,
                    users_id_recipient=9,
                ),
                ticket(8, is_deleted=1),
                ticket(9, priority=1, urgency=1, users_id_recipient=5),
            ],
            "glpi_itilcategories": [
                {"id": 1, "name": "打印", "completename": "打印", "code": "print_quality"},
                {"id": 3, "name": "卡纸", "completename": "打印 > 卡纸", "itilcategories_id": 1},
            ],
            "glpi_requesttypes": [{"id": 1, "name": "微信报修"}],
            "glpi_tickets_users": [
                {"tickets_id": 7, "users_id": 5, "type": 1},
                {"tickets_id": 9, "users_id": 5, "type": 1},
            ],
            "glpi_solutiontypes": [{"id": 1, "name": "更换"}],
            "glpi_itilsolutions": [
                {"id": 1, "itemtype": "Ticket", "items_id": 7, "content": "<p>换硒鼓</p>"}
                | {"solutiontypes_id": 1, "status": 2},
                {"id": 2, "itemtype": "Ticket", "items_id": 7, "content": "不对", "status": 4},
                {"id": 3, "itemtype": "Problem", "items_id": 7, "content": "别的", "status": 2},
            ],
        }
    )
    columns = (
        "ticket_id, title, description, work_class, urgency, priority, fault_family_code, channel, "
        "department_id, requester_ref, created_by_engineer_id, outcome_code, resolution_text"
    )
    assert glpi.rows(f"select {columns} from raw.tickets order by ticket_id") == [
        (
            *("7", "打印机 <3F>", "卡纸 & 异响", "service_request", "critical", "P1"),
            *("print_quality", "wechat", "location-4", "5", "9", "replaced", "换硒鼓"),
        ),
        ("9", "打印机 9", None, "repair", "low", "P5", None, None, None, "5", None, None, None),
    ]


def test_the_life_of_a_ticket_comes_from_the_history(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [
                # solved again; GLPI itself has forgotten the first solving
                ticket(
                    1,
                    status=6,
                    takeintoaccountdate=DAY + "08:10:00",
                    solvedate=DAY + "15:00:00",
                    closedate=DAY + "16:00:00",
                    date_mod=DAY + "16:00:00",
                )
            ],
            "glpi_logs": [
                actor(1, "08:05:00", "一线 (3)", kind="Group"),
                actor(2, "08:10:00", "张三 (21)"),
                status(3, 1, "08:10:00", 1, 2),
                status(4, 1, "09:00:00", 2, 4),
                status(5, 1, "10:00:00", 4, 2),
                actor(6, "11:00:00", "张三 (21)", added=False),
                actor(7, "11:00:00", "李四 (22)"),
                actor(8, "11:30:00", "王五 (23)"),
                # the requester is removed: no business of ours
                actor(9, "11:40:00", "赵六 (40)", added=False),
                status(10, 1, "12:00:00", 2, 5),
                status(11, 1, "13:00:00", 5, 2),
                status(12, 1, "15:00:00", 2, 5),
                status(13, 1, "16:00:00", 5, 6),
            ],
            "glpi_itilsolutions": [
                {"id": 1, "itemtype": "Ticket", "items_id": 1, "status": 4, "users_id": 22}
                | {"date_creation": DAY + "12:00:00"},
            ],
            "glpi_users": [{"id": n, "name": f"u{n}"} for n in (21, 22, 23, 40)],
        }
    )
    assert glpi.events() == [
        ("reported", "08:00:00", None, None),
        ("dispatched", "08:05:00", None, None),
        ("dispatched", "08:10:00", None, "21"),
        ("accepted", "08:10:00", "21", None),
        ("paused", "09:00:00", None, None),
        ("resumed", "10:00:00", None, None),
        ("transferred", "11:00:00", "21", "22"),
        ("coworker_joined", "11:30:00", "23", None),
        ("restored", "12:00:00", None, None),
        ("reopened", "13:00:00", None, None),
        ("restored", "15:00:00", None, None),
        ("closed", "16:00:00", None, None),
    ]
    notes = "select note from raw.ticket_events where type = 'reopened'"
    assert glpi.rows(notes) == [("解决方案被退回",)]
    engineers = glpi.rows("select engineer_id, name from raw.engineers order by 1")
    assert engineers == [("21", "u21"), ("22", "u22"), ("23", "u23")]


def test_a_group_takes_over_and_then_someone_of_it(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(1, takeintoaccountdate=DAY + "08:05:00")],
            "glpi_logs": [
                actor(1, "08:05:00", "张三 (21)"),
                actor(2, "09:00:00", "张三 (21)", added=False),
                actor(3, "09:00:00", "二线 (5)", kind="Group"),
                actor(4, "10:00:00", "李四 (22)"),
            ],
        }
    )
    assert glpi.events()[1:] == [
        ("dispatched", "08:05:00", None, "21"),
        ("accepted", "08:05:00", "21", None),
        ("transferred", "09:00:00", "21", None),
        ("accepted", "10:00:00", "22", None),
    ]


def test_who_is_named_after_work_began_has_the_ticket_from_then_on(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(1, takeintoaccountdate=DAY + "08:10:00")],
            "glpi_logs": [
                actor(1, "09:00:00", "张三 (21)"),
                # a plugin's own status is neither an end nor a pause
                status(2, 1, "09:30:00", 2, 14),
                status(3, 1, "10:00:00", 14, 5),
                status(4, 1, "11:00:00", 5, 14),
            ],
        }
    )
    assert glpi.events() == [
        ("reported", "08:00:00", None, None),
        ("accepted", "08:10:00", None, None),
        ("accepted", "09:00:00", "21", None),
        ("restored", "10:00:00", None, None),
        ("reopened", "11:00:00", None, None),
    ]


def test_a_ticket_without_history_has_the_events_of_its_columns(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [
                ticket(1, status=6, solvedate=DAY + "09:00:00", closedate=DAY + "10:00:00"),
                ticket(2, status=5, solvedate=DAY + "09:00:00"),
                # a solving date that a reopening should have cleared is no solving
                ticket(3, status=2, solvedate=DAY + "09:00:00"),
                # closed without ever having been solved
                ticket(4, status=6, solvedate=DAY + "09:00:00", closedate=DAY + "09:00:00"),
            ],
            "glpi_logs": [status(1, 4, "09:00:00", 2, 6)],
        }
    )
    kinds = {number: [event[0] for event in glpi.events(number)] for number in (1, 2, 3, 4)}
    assert kinds == {
        1: ["reported", "restored", "closed"],
        2: ["reported", "restored"],
        3: ["reported"],
        4: ["reported", "restored", "closed"],
    }


def test_pauses_carry_the_reason_of_the_follow_up_or_task_that_began_them(read_glpi):
    logs = [
        row for number in (1, 2, 3, 4) for row in (status(number * 2, number, "09:00:00", 2, 4),)
    ]
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(number, status=4) for number in (1, 2, 3, 4)],
            "glpi_logs": logs,
            "glpi_pendingreasons": [
                {"id": 1, "name": "待备件到货"},
                {"id": 2, "name": "Waiting for supplier"},
                {"id": 3, "name": "月亮太圆"},
            ],
            "glpi_itilfollowups": [
                {"id": 5, "itemtype": "Ticket", "items_id": 1, "date_creation": DAY + "09:00:01"},
                {"id": 6, "itemtype": "Ticket", "items_id": 3, "date_creation": DAY + "09:00:00"},
            ],
            "glpi_tickettasks": [{"id": 8, "tickets_id": 2, "date_creation": DAY + "09:00:00"}],
            "glpi_pendingreasons_items": [
                {"itemtype": "ITILFollowup", "items_id": 5, "pendingreasons_id": 1},
                {"itemtype": "ITILFollowup", "items_id": 6, "pendingreasons_id": 3},
                {"itemtype": "TicketTask", "items_id": 8, "pendingreasons_id": 2},
            ],
        },
        options={"pending_reason": "waiting_user"},
    )
    assert glpi.rows(
        "select ticket_id, reason_code from raw.ticket_events where type = 'paused' order by 1"
    ) == [("1", "waiting_part"), ("2", "vendor"), ("3", "waiting_user"), ("4", "waiting_user")]


def test_duplicates_point_to_their_master(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(1), ticket(2), ticket(3)],
            "glpi_tickets_tickets": [
                {"tickets_id_1": 2, "tickets_id_2": 1, "link": 2},
                {"tickets_id_1": 3, "tickets_id_2": 1, "link": 1},
            ],
        }
    )
    columns = "ticket_id, master_ticket_id, outcome_code"
    assert glpi.rows(f"select {columns} from raw.tickets order by 1") == [
        ("1", None, None),
        ("2", "1", "duplicate"),
        ("3", None, None),
    ]
