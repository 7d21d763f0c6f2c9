"""What an incident gathers, over HTTP: amendments that were overtaken, masked persons, further cameras' recordings, the parte's stills."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alerts.records import Incident
from console_web.access import Subject
from console_web.health import HealthBoard
from console_web.routes import incidents
from console_web.shapes import Shapes
from console_web.stills import Place, Stills
from nvr.catalogue import audit
from nvr.catalogue.users import Role
from nvr.config.agencies import PNP
from nvr.proof.day import local_day
from nvr.proof.parte import MOST_PICTURES
from tests.console_web.recordings import minute
from tests.console_web.room import Person, Room

PERSON = {"role": "aggrieved", "name": "María Rojas", "document_kind": "dni", "document_number": "44556677",
          "phone": "976123456", "statement": "le quitaron el bolso", "idempotency_key": "key-00000001"}  # fmt: skip


def incident_at(room: Room, who: Person, camera_id: str = "cam01", key: str = "key-10000001") -> Incident:
    alert_id = room.alert(camera_id)
    room.desk.take(alert_id, who.actor)
    return room.desk.dispatch_alert(alert_id, who.actor, PNP, "PAT-HURTO", 2, "un bolso", key)


def looks(room: Room, action: str) -> list[dict[str, Any]]:
    with room.catalogue.read() as tx:
        return [dict(record.detail or {}) for record in audit.read(tx, 200) if record.action == action]


async def test_who_was_overtaken_gets_409_with_who_and_what(room: Room) -> None:
    ana, luis = room.person(Role.OPERATOR), room.person(Role.SUPERVISOR)
    path = f"/api/incidents/{incident_at(room, ana).incident_id}/amend"
    first = await luis.post(path, {"base_version": 1, "priority": 1, "reason": "está armado"})
    assert (first.status_code, first.json()["version"], first.json()["priority"]) == (200, 2, 1)
    late = await ana.post(path, {"base_version": 1, "address": "Jr. Loreto 120"})
    assert late.status_code == 409
    assert late.json()["error"]["code"] == "conflict"
    assert "Persona supervisor" in late.json()["error"]["message"]
    assert "prioridad: de 2 a 1" in late.json()["error"]["message"]
    assert (await ana.post(path, {"base_version": 2, "address": "Jr. Loreto 120"})).json()[
        "address"
    ] == "Jr. Loreto 120"
    assert (await ana.post(path, {"base_version": 2, "camera_id": "cam02"})).status_code == 422
    items = (await ana.get(path.replace("amend", "versions"))).json()["items"]
    assert [(each["version"], each["changed"], each["reason"]) for each in items] == [
        (1, [], ""),
        (2, ["priority"], "está armado"),
        (3, ["address"], ""),
    ]


async def test_struck_words_are_on_no_screen_any_more(room: Room) -> None:
    """An open board loses them too, and who asks again for what happened before is not told them either."""
    ana, boss, pnp = (
        room.person(Role.OPERATOR),
        room.person(Role.SUPERVISOR),
        room.person(Role.DISPATCHER, agency="pnp"),
    )
    incident = incident_at(room, ana)
    path = f"/api/incidents/{incident.incident_id}"
    amend = {"base_version": 1, "address": "casa de Rosa Quispe", "note": "Rosa Quispe", "reason": ""}
    assert (await ana.post(f"{path}/amend", amend)).status_code == 200
    seq = (await pnp.get("/api/dispatches?state=sent")).json()["seq"]
    strike = {"words": "rosa quispe", "reason": "no tuvo que ver"}
    assert (await ana.post(f"{path}/strike", strike)).status_code == 403
    assert (await boss.post(f"{path}/strike", strike)).json()["address"] == "casa de [tachado]"
    listing = (await pnp.get("/api/dispatches?state=sent")).json()
    assert (listing["seq"] > seq, listing["items"][0]["incident_address"]) == (True, "casa de [tachado]")
    for said in (await pnp.get(path), await boss.get(f"{path}/versions")):
        assert "[tachado]" in said.text
        assert "Quispe" not in said.text
    told = [event.text_for(Subject.of(pnp.user)) or "" for event in room.app.state.parts.feed._events_after(0, 1000)]
    assert "[tachado]" in "".join(told)
    assert "Quispe" not in "".join(told)


async def test_the_board_learns_what_was_amended(room: Room) -> None:
    ana, pnp = room.person(Role.OPERATOR), room.person(Role.DISPATCHER, agency="pnp")
    incident = incident_at(room, ana)
    seq = (await pnp.get("/api/dispatches?state=sent")).json()["seq"]
    amend = {"base_version": 1, "type_code": "PAT-ROBO", "address": "Jr. Loreto 120", "reason": "cuchillo"}
    assert (await ana.post(f"/api/incidents/{incident.incident_id}/amend", amend)).status_code == 200
    listing = (await pnp.get("/api/dispatches?state=sent")).json()
    assert listing["seq"] > seq
    assert listing["items"][0]["type_name"] == "Robo con violencia"
    assert listing["items"][0]["incident_address"] == "Jr. Loreto 120"
    events = room.app.state.parts.feed._events_after(seq, 100)
    boards = [
        text for event in events if (text := event.text_for(Subject.of(pnp.user))) and '"kind":"dispatch"' in text
    ]
    assert any("Jr. Loreto 120" in text for text in boards), "an open board would still show the old place"


async def test_persons_are_masked_for_the_board_and_each_reading_is_audited(room: Room) -> None:
    ana = room.person(Role.OPERATOR)
    incident = incident_at(room, ana)
    path = f"/api/incidents/{incident.incident_id}/persons"
    for _ in range(2):
        assert (await ana.post(path, PERSON)).status_code == 200
    full = (await room.person(Role.INVESTIGATOR).get(path)).json()
    assert (full["masked"], len(full["items"])) == (False, 1)
    assert (full["items"][0]["name"], full["items"][0]["document_number"]) == ("María Rojas", "44556677")
    change: dict[str, Any] = {name: value for name, value in PERSON.items() if name != "idempotency_key"}
    change |= {"base_version": 1, "name": "María Rojas Díaz", "reason": "lo dijo María"}
    changed = await ana.post(f"{path}/{full['items'][0]['person_id']}", change)
    assert changed.status_code == 200
    pnp = room.person(Role.DISPATCHER, agency="pnp")
    masked = await pnp.get(path)
    assert masked.json()["masked"] is True
    assert masked.json()["earlier"] == []
    seen = masked.json()["items"][0]
    assert (seen["role"], seen["name"], seen["document_number"], seen["phone"]) == (
        "aggrieved",
        "M. R. D.",
        "•••677",
        "•••456",
    )
    whole = await pnp.get(f"/api/incidents/{incident.incident_id}")
    for text in (masked.text, whole.text):
        for secret in ("María", "44556677", "976123456", "quitaron"):
            assert secret not in text
    assert [look["masked"] for look in looks(room, "incident.persons")] == ["yes", "no"]
    assert [each["version"] for each in (await ana.get(path)).json()["earlier"]] == [1]


async def test_a_caller_is_masked_for_who_was_sent(room: Room) -> None:
    ana, pnp = room.person(Role.OPERATOR), room.person(Role.DISPATCHER, agency="pnp")
    incident = incident_at(room, ana)
    call = {"origin": "own", "caller": "Julia Paz", "phone": "976555444", "place": "esquina", "told": "corrieron", "idempotency_key": "key-00000003"}  # fmt: skip
    path = f"/api/incidents/{incident.incident_id}"
    answer = (await ana.post(f"{path}/calls", call)).json()
    assert answer["timeline"][-1]["detail"]["caller"] == "Julia Paz"
    detail = (await pnp.get(path)).json()["timeline"][-1]["detail"]
    assert (detail["caller"], detail["phone"], detail["text"]) == ("J. P.", "•••444", "corrieron")


async def test_a_further_camera_s_minutes_are_played_by_who_reaches_both(room: Room) -> None:
    ana, limited = room.person(Role.OPERATOR), room.person(Role.OPERATOR, cameras=("cam01",))
    pnp, other = room.person(Role.DISPATCHER, agency="pnp"), room.person(Role.DISPATCHER, agency="serenazgo")
    start_ns = room.clock.wall_ns()
    segments = {camera_id: minute(room, camera_id, start_ns) for camera_id in ("cam01", "cam02", "cam03")}
    incident = incident_at(room, ana)
    base = f"/api/incidents/{incident.incident_id}"
    proposed = (await ana.get(f"{base}/proposed-cameras")).json()["items"]
    assert [(each["camera_id"], each["way_s"]) for each in proposed] == [("cam02", 60)]
    assert (await limited.get(f"{base}/proposed-cameras")).json()["items"] == []
    before = await ana.get(f"{base}/cameras/cam02/playlist.m3u8")
    assert before.status_code == 404, "it is none of its cameras yet"
    assert (await limited.post(f"{base}/cameras", {"camera_id": "cam02", "reason": "huyó"})).status_code == 404
    added = await ana.post(f"{base}/cameras", {"camera_id": "cam02", "reason": "huyó por ahí"})
    assert [(each["camera_id"], each["camera_number"]) for each in added.json()["further_cameras"]] == [("cam02", 2)]
    for who, status in ((ana, 200), (pnp, 200), (limited, 404), (other, 404)):
        for path in (f"{base}/cameras/cam02/playlist.m3u8", f"{base}/segments/{segments['cam02']}/media.mp4"):
            assert (await who.get(path)).status_code == status, path
    assert segments["cam02"] in (await ana.get(f"{base}/cameras/cam02/playlist.m3u8")).text
    assert (await ana.get(f"{base}/segments/{segments['cam03']}/media.mp4")).status_code == 404
    assert (await pnp.get("/api/cameras/cam02")).status_code == 200, "who was sent sees it live, too"
    assert (await ana.post(f"{base}/cameras/cam02/remove", {"reason": "no"})).json()["further_cameras"] == []
    assert (await ana.get(f"{base}/cameras/cam02/playlist.m3u8")).status_code == 404


async def test_steps_and_duplicates_stand_in_the_incident(room: Room) -> None:
    ana, limited = room.person(Role.OPERATOR), room.person(Role.OPERATOR, cameras=("cam02",))
    one, two = incident_at(room, ana), incident_at(room, ana, "cam02", "key-10000002")
    base = f"/api/incidents/{two.incident_id}"
    ticked = (await ana.post(f"{base}/steps/lugar", {"state": "done"})).json()["procedure"]
    assert ticked[0]["step"] == "lugar"
    assert (ticked[0]["state"], ticked[0]["actor"], ticked[0]["terminal"]) == (
        "done",
        "Persona operator",
        "T1 (sin registrar)",
    )
    assert ticked[1]["state"] is None
    assert (await ana.post(f"{base}/steps/pnp", {"state": "not_applicable"})).status_code == 422
    # Who does not reach the other incident learns nothing of it, not even that there is one.
    assert (await limited.post(f"{base}/duplicate", {"number": one.number})).status_code == 404
    linked = await ana.post(f"{base}/duplicate", {"number": one.number, "reason": "lo mismo"})
    assert linked.json()["duplicate_of"] == {"incident_id": one.incident_id, "number": one.number}
    main = (await ana.get(f"/api/incidents/{one.incident_id}")).json()
    assert [each["number"] for each in main["duplicates"]] == [two.number]


@pytest.mark.parametrize("recorded", [True, False])
async def test_the_parte_of_what_was_opened_by_hand_has_the_moment_from_the_recording(
    room: Room, monkeypatch: pytest.MonkeyPatch, *, recorded: bool
) -> None:
    ana = room.person(Role.OPERATOR)
    start_ns = room.clock.wall_ns()
    if recorded:
        minute(room, "cam01", start_ns)
    room.clock.advance(seconds=120)
    asked: list[int] = []

    async def picture(_self: Stills, place: Place, _width_px: int) -> bytes | None:
        asked.append(place.offset_ms)
        return None

    monkeypatch.setattr(Stills, "picture", picture)
    incident = room.desk.open_incident("cam01", start_ns + 30 * 10**9, "PAT-HURTO", 2, "", ana.actor)
    answer = await ana.get(f"/api/incidents/{incident.incident_id}/parte.pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert asked == ([30_000] if recorded else [])


async def test_the_parte_reads_no_more_pictures_than_it_prints(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = room.person(Role.OPERATOR)
    incident = incident_at(room, ana)
    (alert,) = room.desk.alerts_of_incident(incident.incident_id)
    monkeypatch.setattr(type(room.desk), "alerts_of_incident", lambda _self, _id: [alert] * (MOST_PICTURES + 3))
    read: list[str] = []

    def snapshot(_root: Path, name: str) -> bytes:
        read.append(name)
        return b""

    monkeypatch.setattr(incidents, "snapshot_bytes", snapshot)
    assert (await ana.get(f"/api/incidents/{incident.incident_id}/parte.pdf")).status_code == 200
    assert len(read) == MOST_PICTURES


async def test_the_attention_base_says_who_brought_it(room: Room) -> None:
    boss = room.person(Role.SUPERVISOR)
    call = {"camera_id": "cam01", "occurred_wall_ms": room.clock.wall_ns() // 10**6, "type_code": "PAT-HURTO", "priority": 2, "note": "",
            "origin": "105", "place": "Jr. Loreto 120", "idempotency_key": "key-00000004"}  # fmt: skip
    assert (await boss.post("/api/calls", call)).json()["address"] == "Jr. Loreto 120"
    incident_at(room, boss)
    today = local_day(room.clock.wall_ns(), room.config.timezone).isoformat()
    rows = (await boss.get(f"/api/attention.csv?first={today}&last={today}")).text
    called, seen = rows.splitlines()[1:3]
    assert "Central telefónica" in called
    assert "Jr. Loreto 120" in called
    assert "Cámaras de monitoreo" in seen


async def test_an_incident_is_shown_where_it_was(room: Room) -> None:
    """On boards and pages as on paper: whatever the configuration says of the camera since."""
    incident = incident_at(room, room.person(Role.OPERATOR))
    was = room.config.camera("cam01")
    assert was is not None
    cameras = [
        camera.model_copy(update={"number": 77, "name": "Av. Nueva"}) if camera.id == "cam01" else camera
        for camera in room.config.cameras
    ]
    shapes = Shapes(room.config.model_copy(update={"cameras": tuple(cameras)}), room.desk, HealthBoard())
    shown = shapes.incident(room.desk.incident(incident.incident_id))
    assert (shown.camera_number, shown.place) == (was.number, was.name)
    (sent,) = shapes.dispatches(room.desk.incident(incident.incident_id).dispatches)
    assert (sent.camera_number, sent.place) == (was.number, was.name)
