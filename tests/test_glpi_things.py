"""Devices, costs, work, stock and loans as GLPI keeps them become canonical rows."""

from datetime import date
from decimal import Decimal

from glpi_pulled import DAY, ticket


def test_devices_of_every_kind_come_with_purchase_and_warranty(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(1), ticket(2)],
            "glpi_computers": [
                {"id": 4, "name": "PC-4", "serial": "S4", "otherserial": "00042"}
                | {"locations_id": 2, "computertypes_id": 1, "manufacturers_id": 1}
                | {"computermodels_id": 5, "date_mod": DAY + "08:00:00"},
                {"id": 5, "name": "样板", "is_template": 1},
                {"id": 6, "name": "旧机", "is_deleted": 1},
            ],
            "glpi_computertypes": [{"id": 1, "name": "台式机"}],
            "glpi_computermodels": [{"id": 5, "name": "M70"}],
            "glpi_manufacturers": [{"id": 1, "name": "联想"}],
            "glpi_printers": [{"id": 4, "name": "HP"}],
            "glpi_assets_assetdefinitions": [{"id": 2, "system_name": "Pump", "label": "输液泵"}],
            "glpi_assets_assets": [{"id": 4, "name": "泵", "assets_assetdefinitions_id": 2}],
            "glpi_locations": [{"id": 2, "name": "三楼", "building": "门诊楼"}],
            "glpi_infocoms": [
                {"itemtype": "Computer", "items_id": 4, "buy_date": "2024-01-31"}
                | {"use_date": "2024-02-10", "warranty_date": "2024-01-31"}
                | {"warranty_duration": 13, "value": "4999.9900", "suppliers_id": 8}
                | {"sink_time": 6, "date_mod": DAY + "09:00:00"},
                {"itemtype": r"Glpi\CustomAsset\PumpAsset", "items_id": 4}
                | {"warranty_duration": -1, "warranty_date": "2024-01-01", "value": 0},
            ],
            "glpi_suppliers": [{"id": 8, "name": "某公司"}],
            "glpi_items_tickets": [
                {"tickets_id": 1, "itemtype": "Computer", "items_id": 4},
                {"tickets_id": 1, "itemtype": "Printer", "items_id": 4},
                {"tickets_id": 2, "itemtype": r"Glpi\CustomAsset\PumpAsset", "items_id": 4},
                {"tickets_id": 2, "itemtype": "Appliance", "items_id": 1},
            ],
            "glpi_appliances": [{"id": 1, "name": "HIS"}],
        }
    )
    columns = (
        "asset_id, tag, name, asset_class, brand, model, department_id, building, purchased_on, "
        "accepted_on, purchase_cny, warranty_until, useful_life_years, vendor_id"
    )
    nothing = (None, None, None, None, None, None)
    assert glpi.rows(f"select {columns} from raw.assets order by asset_id") == [
        (
            *("Computer-4", "00042", "PC-4", "台式机", "联想", "M70", "location-2", "门诊楼"),
            *(date(2024, 1, 31), date(2024, 2, 10), Decimal("4999.99"), date(2025, 2, 28), 6, "8"),
        ),
        ("Printer-4", None, "HP", "Printer", None, None, None, None, *nothing),
        ("PumpAsset-4", None, "泵", "输液泵", None, None, None, None, *nothing),
    ]
    linked = "select ticket_id, asset_id, system_id from raw.tickets order by 1"
    assert glpi.rows(linked) == [("1", "Computer-4", None), ("2", "PumpAsset-4", "Appliance-1")]
    assert glpi.rows("select vendor_id, name from raw.vendors") == [("8", "某公司")]


def test_states_of_devices_come_from_their_history(read_glpi):
    def change(number: int, item: int, day: str, old: str, new: str) -> dict[str, object]:
        row = {"id": number, "itemtype": "Computer", "items_id": item, "id_search_option": 31}
        row |= {"linked_action": 0, "date_mod": f"{day} 10:00:00"}
        return {**row, "old_value": old, "new_value": new}

    made = {"date_creation": "2025-01-01 08:00:00"}
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(1)],
            "glpi_states": [
                {"id": 1, "name": "在用"},
                {"id": 2, "name": "报废"},
                {"id": 3, "name": "待定"},
                {"id": 4, "name": "待报废"},
            ],
            "glpi_computers": [
                {"id": 1, "name": "a", "states_id": 2, **made},
                {"id": 2, "name": "b", "states_id": 1, **made},
                # a state that nobody can tell by its name: the register's dates serve
                {"id": 3, "name": "c", "states_id": 1, **made},
                {"id": 4, "name": "d", **made},
            ],
            "glpi_infocoms": [{"itemtype": "Computer", "items_id": 1, "use_date": "2024-05-01"}],
            "glpi_logs": [
                change(1, 1, "2025-06-01", "在用 (1)", "待报废 (4)"),
                change(2, 1, "2025-07-01", "待报废 (4)", "报废 (2)"),
                change(3, 3, "2025-06-01", "待定 (3)", "在用 (1)"),
            ],
        }
    )
    assert glpi.rows(
        "select asset_id, state, local_date(valid_from, 'Asia/Shanghai')::text, "
        "local_date(valid_to, 'Asia/Shanghai')::text from raw.asset_states order by 1, 3"
    ) == [
        ("Computer-1", "in_service", "2024-05-01", "2025-06-01"),
        ("Computer-1", "stopped", "2025-06-01", "2025-07-01"),
        ("Computer-1", "retired", "2025-07-01", None),
        ("Computer-2", "in_service", "2025-01-01", None),
    ]


def test_costs_are_exact_to_the_cent(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(1), ticket(2, is_deleted=1)],
            "glpi_ticketcosts": [
                {"id": 1, "tickets_id": 1, "cost_time": "100.0000", "actiontime": 1234}
                | {"cost_material": "0.0350", "cost_fixed": "88.8850", "begin_date": "2026-03-02"}
                | {"budgets_id": 5},
                {"id": 2, "tickets_id": 2, "cost_fixed": "1.0000"},
            ],
            "glpi_budgets": [{"id": 5, "name": "维修费"}],
        }
    )
    columns = "cost_id, kind, amount_cny, occurred_on, cost_centre"
    day = (date(2026, 3, 2), "维修费")
    assert glpi.rows(f"select {columns} from raw.ticket_costs order by 1") == [
        ("1-external", "external", Decimal("88.89"), *day),
        ("1-labour", "labour", Decimal("34.28"), *day),
        ("1-part", "part", Decimal("0.04"), *day),
    ]


def test_work_ratings_and_targets_come_from_tasks_surveys_and_slas(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [
                ticket(
                    1,
                    status=6,
                    takeintoaccountdate=DAY + "08:10:00",
                    solvedate=DAY + "12:00:00",
                    closedate=DAY + "13:00:00",
                    time_to_own=DAY + "08:10:00",
                    time_to_resolve=DAY + "11:59:59",
                ),
                ticket(2, time_to_resolve=DAY + "12:00:00"),
            ],
            "glpi_tickettasks": [
                {"tickets_id": 1, "users_id_tech": 3, "actiontime": 600, "state": 2}
                | {"begin": DAY + "09:00:00"},
                {"tickets_id": 1, "users_id_tech": 3, "actiontime": 300, "state": 2}
                | {"begin": DAY + "09:00:00"},
                {"tickets_id": 1, "users_id": 4, "actiontime": 1800, "date": DAY + "10:00:00"},
                {"tickets_id": 1, "users_id_tech": 3, "actiontime": 900, "state": 1}
                | {"begin": DAY + "15:00:00"},
            ],
            "glpi_ticketsatisfactions": [
                {"id": 1, "tickets_id": 1, "date_begin": DAY + "13:00:00", "satisfaction": 8}
                | {"satisfaction_scaled_to_5": "4", "date_answered": DAY + "14:00:00"}
                | {"comment": "<p>快</p>"},
                {"id": 2, "tickets_id": 2, "date_begin": DAY + "13:00:00"},
            ],
        }
    )
    clock = "strftime(local_time({}, 'Asia/Shanghai'), '%H:%M')"
    assert glpi.rows(
        f"select engineer_id, {clock.format('started_at')}, {clock.format('ended_at')} "
        "from raw.effort_logs order by 1"
    ) == [("3", "09:00", "09:15"), ("4", "09:30", "10:00")]
    assert glpi.rows(
        "select ticket_id, overall, scale_max, comment, rated_at is null from raw.ratings "
        "order by 1"
    ) == [("1", Decimal(4), Decimal(5), "快", False), ("2", None, Decimal(5), None, True)]
    assert glpi.rows("select ticket_id, clock, is_met from raw.ticket_targets order by all") == [
        ("1", "accept", True),
        ("1", "restore", False),
        ("2", "restore", None),
    ]


def test_pieces_in_stock_counters_and_reservations(read_glpi):
    glpi = read_glpi(
        {
            "glpi_tickets": [ticket(1)],
            "glpi_consumableitems": [{"id": 1, "name": "鼠标", "ref": "M1", "alarm_threshold": 5}],
            "glpi_consumables": [
                {"id": 1, "consumableitems_id": 1, "date_in": "2026-01-05"},
                {"id": 2, "consumableitems_id": 1, "date_in": "2026-01-05"}
                | {"date_out": "2026-02-01", "itemtype": "User", "items_id": 9},
            ],
            "glpi_cartridgeitems": [
                {"id": 1, "name": "硒鼓", "alarm_threshold": -1, "locations_id": 3}
            ],
            "glpi_locations": [{"id": 3, "name": "库房", "completename": "库房"}],
            "glpi_cartridges": [
                {"id": 1, "cartridgeitems_id": 1, "printers_id": 7, "date_in": "2026-01-02"}
                | {"date_use": "2026-01-03", "date_out": "2026-02-03"}
            ],
            "glpi_infocoms": [{"itemtype": "Cartridge", "items_id": 1, "value": "320.5000"}],
            "glpi_printerlogs": [
                # GLPI 10 and 11 name the printer in different columns
                {"printers_id": 7, "total_pages": 120, "date": "2026-01-03"}
                | {"bw_pages": 0, "color_pages": 0},
                {"itemtype": "Printer", "items_id": 7, "total_pages": 150, "date": "2026-01-04"}
                | {"bw_pages": 100, "color_pages": 50},
            ],
            "glpi_reservationitems": [{"id": 1, "itemtype": "Computer", "items_id": 4}],
            "glpi_reservations": [
                {"id": 1, "reservationitems_id": 1, "users_id": 9}
                | {"begin": DAY + "08:00:00", "end": DAY + "18:00:00"}
            ],
            "glpi_users": [{"id": 9, "name": "n", "locations_id": 3}],
        }
    )
    assert glpi.rows("select part_id, part_no, name, min_stock from raw.parts order by 1") == [
        ("cartridge-1", None, "硒鼓", None),
        ("consumable-1", "M1", "鼠标", Decimal(5)),
    ]
    moved = (
        "move_id, part_id, store_id, local_date(stock_moves.at, 'Asia/Shanghai')::text, kind, "
        "quantity, unit_price_cny, asset_id"
    )
    one, price = Decimal(1), Decimal("320.5")
    assert glpi.rows(f"select {moved} from raw.stock_moves order by 1") == [
        ("cartridge-1-in", "cartridge-1", "location-3", "2026-01-02", "in", one, price, None),
        (
            *("cartridge-1-out", "cartridge-1", "location-3", "2026-01-03", "out"),
            *(one, price, "Printer-7"),
        ),
        ("consumable-1-in", "consumable-1", "glpi", "2026-01-05", "in", one, None, None),
        ("consumable-2-in", "consumable-1", "glpi", "2026-01-05", "in", one, None, None),
        ("consumable-2-out", "consumable-1", "glpi", "2026-02-01", "out", one, None, None),
    ]
    assert glpi.rows("select store_id, name from raw.stores order by 1") == [
        ("glpi", "GLPI"),
        ("location-3", "库房"),
    ]
    assert glpi.rows("select asset_id, meter, value from raw.meter_readings order by all") == [
        ("Printer-7", "colour_pages", Decimal(50)),
        ("Printer-7", "mono_pages", Decimal(100)),
        ("Printer-7", "mono_pages", Decimal(120)),
    ]
    loans = "select asset_id, department_id, returned_at = due_at, outcome from raw.loans"
    assert glpi.rows(loans) == [("Computer-4", "location-3", True, "returned")]
