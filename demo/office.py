"""The department's own business: budgets, projects, visits, trainings, hand-overs, documents.

Holds the small tables that grow with months and have nothing to do with single tickets. Registers
that do not grow live in ``registers``.
"""

from collections.abc import Generator
from datetime import date, timedelta
from typing import Any

import simpy

from demo.clock import DAY, HOUR, local_date, midnight, next_month
from demo.site import Site

_CLASSES = {
    "30213 维修（护）费": 92_000.0,
    "30218 专用材料费": 61_000.0,
    "31003 专用设备购置": 260_000.0,
}
_CENTRES = ("信息科", "门急诊部", "住院部", "医技部")
_TOPICS = ("HIS 操作培训", "打印机日常维护", "网络安全意识", "新员工信息系统培训", "移动护理使用")
_PROJECTS = (
    *("互联互通改造", "电子病历六级", "机房扩容", "无线网络覆盖", "自助机更新", "等保整改"),
    *("影像云存储", "移动护理二期", "智慧病房", "统一支付", "数据中台", "CDSS 建设"),
    *("医保 DRG 适配", "门诊排队改造", "物资二级库", "手麻升级", "急诊五大中心", "容灾演练"),
    *("终端准入", "桌面云试点", "知识库建设", "随访中心"),
)
_STAGES = ("立项", "采购", "实施", "试运行", "验收")
_PURPOSES = ("系统上线部署", "用户培训", "数据迁移", "紧急故障处理", "巡检回访")
_ISSUES = ("报表口径待确认", "打印模板需调整", "接口字段缺失", "权限未分配完", "操作手册待补")
_SECTIONS = ("项目资料", "账号权限", "未闭环问题", "客户联系人", "设备与备件", "个人文档")


class Office:
    """Writes the department's own tables as the months pass."""

    def __init__(self, site: Site) -> None:
        """Write what exists at the start."""
        self.site, self.env = site, site.env
        self.draw = site.draws("office")
        self._visits = self._issues = self._projects = self._trainings = 0
        self._write_contracts()
        self._write_contacts()
        self._write_access()
        self._write_documents()

    # -- at the start ---------------------------------------------------------------------------

    def _write_contracts(self) -> None:
        first = self.site.spec.first_day
        devices = [d for d in self.site.fleet.devices if d.kind.is_backbone][::3]
        for number, device in enumerate(devices, 1):
            starts = first - timedelta(days=self.draw.randrange(300))
            self.site.rows["contracts"].add(
                contract_id=f"MC-{number:04d}",
                vendor_id="V06",
                kind="维保",
                asset_id=device.id,
                starts_on=starts,
                ends_on=starts + timedelta(days=365 * (1 + number % 3)),
                amount_cny=round(device.price_cny * 0.06, 2),
            )

    def _write_contacts(self) -> None:
        parties = [("vendor", row["vendor_id"]) for row in self.site.rows["vendors"].records()]
        parties += [
            ("customer", row["customer_id"]) for row in self.site.rows["customers"].records()
        ]
        for number, (kind, party_id) in enumerate(parties, 1):
            self.site.rows["contacts"].add(
                contact_id=f"CT{number:03d}",
                party_kind=kind,
                party_id=party_id,
                name=f"联系人{number:02d}",
                role="客户经理" if kind == "vendor" else "信息负责人",
                phone=f"000-0000-{number:04d}",
            )

    def _write_access(self) -> None:
        first = self.site.spec.first_day
        for number, row in enumerate(self.site.rows["systems"].records()):
            for place, column in enumerate(("owner_engineer_id", "backup_engineer_id")):
                if row[column] is None:
                    continue
                self.site.rows["access_grants"].add(
                    engineer_id=row[column],
                    system_id=row["system_id"],
                    account=f"ops{place + 1}",
                    kind="管理员" if place == 0 else "运维",
                    granted_on=first - timedelta(days=30 + number),
                    revoked_on=first - timedelta(days=5) if (number + place) % 19 == 0 else None,
                )

    def _write_documents(self) -> None:
        number = 0
        for row in self.site.rows["systems"].records():
            for kind in ("manual", "faq", "site_config"):
                number += 1
                if self.draw.hits(0.22):
                    continue
                age = self.draw.randrange(20, 700)
                self.site.rows["documents"].add(
                    document_id=f"DOC{number:04d}",
                    system_id=row["system_id"],
                    kind=kind,
                    owner_engineer_id=row["owner_engineer_id"],
                    updated_at=self.site.spec.start - age * DAY + 15 * HOUR,
                )

    # -- as the months pass -----------------------------------------------------------------------

    def months(self) -> Generator[simpy.Event, Any, None]:
        """Write each month's budgets, visits, trainings and projects, for ever."""
        is_first = True
        while True:
            first = local_date(self.env.now)
            after = next_month(first)
            self._budget(first)
            share = (after - first).days / 30.4
            if is_first or first.month % 3 == 1:
                for _ in range(max(1, round(len(_PROJECTS) / 4))):
                    self._project(first)
            for _ in range(max(1, round(2 * share))):
                self.env.process(self._visit(self.draw.randrange(max(1, (after - first).days - 3))))
            for _ in range(max(1, round(1.5 * share))):
                self.env.process(self._train(self.draw.randrange((after - first).days)))
            is_first = False
            yield self.env.timeout(midnight(after) - self.env.now)
            self._activity(first)

    def _budget(self, first: date) -> None:
        scale = self.site.spec.figures.devices / 2010
        for centre in _CENTRES:
            for economic_class, amount in _CLASSES.items():
                self.site.rows["budgets"].add(
                    month=first.isoformat()[:7],
                    cost_centre=centre,
                    economic_class=economic_class,
                    amount_cny=round(amount * scale / len(_CENTRES), 2),
                )

    def _activity(self, month: date) -> None:
        for place in self.site.fleet.departments:
            is_clinical = place.type in ("outpatient", "emergency", "medical_technology")
            visits = int(place.weight * self.draw.uniform(90, 130)) if is_clinical else 0
            self.site.rows["department_activity"].add(
                department_id=place.id,
                month=month.isoformat()[:7],
                visit_count=visits,
                inpatient_days=int(place.bed_count * 30 * self.draw.uniform(0.78, 0.98)),
            )

    def _project(self, first: date) -> None:
        name = _PROJECTS[self._projects % len(_PROJECTS)]
        self._projects += 1
        budget = float(round(self.draw.uniform(12, 95))) * 10_000
        key = self.site.rows["projects"].add(
            project_id=f"PJ{self._projects:03d}",
            name=f"{name}{'' if self._projects <= len(_PROJECTS) else '（续）'}",
            stage=_STAGES[0],
            owner_engineer_id=self.draw.one(self.site.team.engineers).id,
            planned_on=first + timedelta(days=self.draw.randrange(120, 330)),
            budget_cny=budget,
            spent_cny=0.0,
        )
        self.env.process(self._carry_out(key, budget))

    def _carry_out(self, key: tuple[object, ...], budget: float) -> Any:
        for step, stage in enumerate(_STAGES[1:], 1):
            yield self.env.timeout(self.draw.randrange(35, 95) * DAY + 10 * HOUR)
            done = local_date(self.env.now) if stage == _STAGES[-1] else None
            spent = round(budget * step / (len(_STAGES) - 1) * self.draw.uniform(0.85, 1.03), 2)
            self.site.rows["projects"].change(key, stage=stage, spent_cny=spent, done_on=done)

    def _visit(self, days: int) -> Any:
        yield self.env.timeout(days * DAY + 8 * HOUR)
        self._visits += 1
        engineer_id = self.draw.one(self.site.team.engineers).id
        key = self.site.rows["visits"].add(
            visit_id=f"VS{self._visits:04d}",
            customer_id=f"CU{self.draw.randrange(len(self.site.catalogue.customers)) + 1:02d}",
            engineer_id=engineer_id,
            purpose=self.draw.one(_PURPOSES),
            departed_at=self.env.now,
        )
        yield self.env.timeout(self.draw.randrange(6, 34) * HOUR)
        cost = round(self.draw.uniform(60, 900), 2)
        self.site.rows["visits"].change(key, returned_at=self.env.now, cost_cny=cost)
        if self.draw.hits(0.6):
            self.env.process(self._legacy_issue(str(key[1]), engineer_id))
        yield self.env.timeout(self.draw.randrange(2, 22) * HOUR)
        if self.draw.hits(0.9):
            self.site.rows["visits"].change(key, daily_report_at=self.env.now)

    def _legacy_issue(self, visit_id: str, engineer_id: str) -> Any:
        self._issues += 1
        has_owner = self.draw.hits(0.85)
        due = local_date(self.env.now) + timedelta(days=21)
        key = self.site.rows["legacy_issues"].add(
            issue_id=f"LI{self._issues:04d}",
            visit_id=visit_id,
            text=self.draw.one(_ISSUES),
            opened_at=self.env.now,
            owner_engineer_id=engineer_id if has_owner else None,
            due_on=due if has_owner else None,
        )
        if self.draw.hits(0.85):
            yield self.env.timeout(self.draw.randrange(3, 45) * DAY)
            self.site.rows["legacy_issues"].change(key, closed_at=self.env.now)

    def _train(self, days: int) -> Any:
        yield self.env.timeout(days * DAY + 15 * HOUR)
        self._trainings += 1
        self.site.rows["trainings"].add(
            training_id=f"TR{self._trainings:04d}",
            department_id=self.draw.one(self.site.fleet.departments).id,
            held_on=local_date(self.env.now),
            topic=self.draw.one(_TOPICS),
            attendee_count=self.draw.randrange(6, 40),
        )

    def hand_over(self) -> Any:
        """Late in the period one engineer's systems pass to another, in six sections."""
        yield self.env.timeout(int(self.site.spec.day_count * 0.7) * DAY + 9 * HOUR)
        giver, taker = self.site.team.engineers[2], self.site.team.engineers[0]
        announced = self.env.now
        keys = [
            self.site.rows["handovers"].add(
                handover_id=f"HO{number:03d}",
                from_engineer_id=giver.id,
                to_engineer_id=taker.id,
                announced_at=announced,
                section=section,
                is_done=False,
            )
            for number, section in enumerate(_SECTIONS, 1)
        ]
        yield self.env.timeout(50 * HOUR)
        for key in keys:
            self.site.rows["handovers"].change(key, assigned_at=self.env.now)
        yield self.env.timeout(3 * DAY)
        for key in keys[:-1]:
            minutes = self.draw.randrange(20, 80)
            self.site.rows["handovers"].change(key, met_minutes=minutes, is_done=True)
            yield self.env.timeout(4 * HOUR)
