"""The shipped config/cameras.yaml: the 42 cameras of Table 8 of the study, with the names as printed there."""

from __future__ import annotations

from pathlib import Path

from nvr.config import load_config
from nvr.media import StreamKind

CONFIG = Path(__file__).parents[1] / "config" / "cameras.yaml"
TABLE_8 = (
    "Jr. 11 de Febrero con Jr. Revilla Pérez",
    "Jr. Del Batan con Jr. Sabogal",
    "Jr. Mejillones con Jr. Chanchamayo",
    "Jr. Marañón con Jr. Tarapacá",
    "Jr. Tarapacá con Jr. Amazonas",
    "Jr. Apurímac con Jr. Chanchamayo",
    "Jr. Amazonas Con Jr. Leguía",
    "Jr. Santa Teresa con Jr. Sor Manuela Gil",
    "Jr. Fraternidad con Jr. San Salvador",
    "Jr. Jequetepeque con Jr. Bambamarca",
    "Jr. Jequetepeque con Jr. Chanchamayo",
    "Serenazgo (Chanchamayo y Jr. San Mateo)",
    "Av. 13 de Julio con Jr. Ucayali",
    "Jr. Tarapacá con Jr. Amalia Puga",
    "Puente Huánuco",
    "Jr. Huánuco con Jr. Cruz de Piedra",
    "Jr. Antenor Orrego con Jr. Petateros",
    "Parque la Madre",
    "Jr. Prolong. Petateros con Jr. Quiñonez",
    "Jr. Cruz de Piedra con Av. Perú",
    "Parque San Luis",
    "Plazuela Horacio Zevallos",
    "Av. Argentina Cdra. 3",
    "Jr. Cueva de los Tayos con Av. Universitaria",
    "AV. San Martin con Pse. Santa Rosa",
    "Jr. Ayacucho con Av. Vía de Evitamiento",
    "Av. Los Héroes (Plazuela Bolognesi)",
    "Av. Héroes del Cenepa. con Av. Independencia",
    "Av. Héroes del C. Con Av. La Paz",
    "Av. Héroes del C. AV. Alfonso Ugarte",
    "Av. Industrial con Av. De Evitamiento Sur",
    "Av. Atahualpa - Av. Viat. (Ovalo Musical)",
    "Av. Atahualpa con Jr. Reyna Farge.",
    "Av. Evitamiento Norte con Jr. Angamos",
    "AV. Independencia con Jr. Bolívar",
    "Puente Sullana",
    "Jr. Dos de Mayo con Iglesia Santa Apolonia",
    "Jr. Cruz de Piedra con Jr. Comercio",
    "Jr. Dos de Mayo con Jr. Amalia Puga",
    "Av. Hoyos Rubio frente al Restaurante la Campiña",
    "Capac Ñan",
    "Jr. Loreto y Av. Perú",
)


def test_names_and_numbers_are_those_of_the_table() -> None:
    """All 42, in order, letter by letter, with the capitals, dots and accents of the print."""
    assert len(TABLE_8) == 42
    cameras = load_config(CONFIG).cameras
    assert [camera.number for camera in cameras] == list(range(1, 43))
    assert tuple(camera.name for camera in cameras) == TABLE_8


def test_every_camera_has_both_streams_and_no_invented_place() -> None:
    """No coordinates are printed in the study; none are made up. The large stream is recorded, the small one analysed."""
    for camera in load_config(CONFIG).cameras:
        assert camera.location is None
        assert camera.main.record
        assert camera.sub is not None
        assert not camera.sub.record
        assert camera.analysed is StreamKind.SUB


def test_the_fleet_tries_both_transports_and_logs_in_with_and_without_credentials() -> None:
    """`make run` shows the whole breadth of what a site has."""
    cameras = load_config(CONFIG).cameras
    assert {camera.main.transport for camera in cameras} == {"tcp", "udp"}
    assert {camera.credentials is None for camera in cameras} == {True, False}
