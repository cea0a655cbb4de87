"""The rules and the dashboard in conf/ ask for figures that a scrape really has."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api.rig import Rig
from tests.rigs.client import client
from tests.rigs.server import served

CONF = Path(__file__).parent.parent.parent / "conf"
RULES = CONF / "prometheus-alerts.yml"
DASHBOARD = CONF / "grafana-dashboard.json"

NAME = re.compile(r"\b(?:socstream|process)_[a-z_]+")


async def test_every_figure_that_is_asked_for_exists(tmp_path: Path) -> None:
    """In a scrape of a whole server, as everybody starts it; one without cameras has their figures' names."""
    async with served(tmp_path) as server, client(server) as http:
        known = set(NAME.findall((await http.get("/metrics")).text))
    for file in (RULES, DASHBOARD):
        asked = set(NAME.findall(file.read_text()))
        assert asked
        assert asked <= known, file.name


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert all(target["expr"] for target in panel["targets"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not installed")
async def test_promtool_finds_no_fault(rig: Rig, tmp_path: Path) -> None:
    def promtool(*arguments: str, text: bytes = b"") -> None:
        done = subprocess.run(["promtool", *arguments], input=text, capture_output=True)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()

    promtool("check", "rules", str(RULES))
    rig.go_live((await rig.add())["camera_id"])
    promtool("check", "metrics", text=await (await rig.get("/metrics")).read())
