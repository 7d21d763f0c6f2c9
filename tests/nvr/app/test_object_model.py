"""``nvr check-config`` tries the model that says what moved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nvr.cli import main
from tests.analytics.tiny_model import tiny_model


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "cameras.yaml"
    path.write_text(
        f"version: 1\nnode:\n  data: '{tmp_path}/data'\n  objects: {{model: models/m.onnx, input_px: 64, vehicles: [2]}}\n"
        "cameras: [{id: cam01, number: 1, name: Uno, main: {url: 'rtsp://127.0.0.1:9/1'}}]\n",
        encoding="utf-8",
    )
    return path


def test_a_usable_model_is_no_fault(config_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Relative to the data folder; to that of ``--data`` where it is given."""
    model = tmp_path / "data" / "models" / "m.onnx"
    model.parent.mkdir(parents=True)
    model.write_bytes(tiny_model())
    assert main(["check-config", "--config", str(config_path)]) == 0
    assert "no faults" in capsys.readouterr().out
    assert main(["check-config", "--config", str(config_path), "--data", str(tmp_path / "other")]) == 2
    assert str(tmp_path / "other" / "models" / "m.onnx") in capsys.readouterr().err
    assert main(["check-config", "--json", "--config", str(config_path), "--data", str(tmp_path / "other")]) == 2
    assert str(tmp_path / "other" / "models" / "m.onnx") in capsys.readouterr().out


def test_a_model_that_cannot_be_used_is_refused(
    config_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, and no ONNX: status 2, the field, the file and what to do, for people and for programs."""
    for said in ("can't be read", "no ONNX"):
        assert main(["check-config", "--config", str(config_path)]) == 2
        shown = capsys.readouterr().err
        assert "node.objects.model" in shown
        assert "m.onnx" in shown
        assert said in shown
        assert main(["check-config", "--json", "--config", str(config_path)]) == 2
        told = json.loads(capsys.readouterr().out)
        assert not told["sound"]
        assert [fault["field"] for fault in told["faults"]] == ["node.objects.model"]
        model = tmp_path / "data" / "models" / "m.onnx"
        model.parent.mkdir(parents=True, exist_ok=True)
        model.write_text("no model")
