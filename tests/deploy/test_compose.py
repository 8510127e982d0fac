"""The compose file starts the processes of `appeals up`, in the right order."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from appeals.operations.answer_headers import HEADERS
from appeals.settings import Settings

ROOT = Path(__file__).parents[2]
OURS = ("migrate", "web", "worker", "delivery", "beat")
OWNER = "APPEALS_OWNER_DATABASE_URL"
CHECK = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text()
    )
    return loaded


def test_the_file_is_as_its_specification_says(tmp_path: Path) -> None:
    assert not checked(ROOT / "docker-compose.yml")
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("command:", "comand:", 1))
    assert checked(wrong)


def checked(file: Path) -> int:
    """Give the exit code of the compose specification's own schema over a file."""
    return subprocess.run([*CHECK, str(file)], capture_output=True, check=False).returncode


def test_dependencies_exist(compose: dict[str, dict[str, dict[str, object]]]) -> None:
    services = compose["services"]
    for service in services.values():
        needed = service.get("depends_on", {})
        assert isinstance(needed, dict)
        assert set(needed) <= set(services)


def test_nothing_of_ours_runs_before_the_migrations(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    waiting = {"condition": "service_completed_successfully"}
    for name in OURS[1:]:
        needed = compose["services"][name]["depends_on"]
        assert isinstance(needed, dict)
        assert needed["migrate"] == waiting


def test_every_setting_can_be_set_in_the_file_beside_it(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    passed = {
        name
        for service in compose["services"].values()
        if isinstance(environment := service.get("environment"), dict)
        for name in environment
    }
    known = {f"APPEALS_{name.upper()}" for name in Settings.model_fields}
    assert known - passed == {"APPEALS_DATA_DIR", "APPEALS_PORT"}, "those two are the image's"


def test_the_one_proxy_in_front_names_the_client_and_keeps_the_figures_back(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in nginx
    assert "location = /metrics { return 404; }" in nginx
    settings = compose["services"]["web"]["environment"]
    assert isinstance(settings, dict)
    assert settings["APPEALS_TRUSTED_PROXIES"] == "1"
    assert "ports" not in compose["services"]["web"]


def test_the_proxy_waits_minutes_for_a_case_list_and_asks_no_second_process_for_it() -> None:
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    location = re.search(r"location ~ (\S+) \{([^{}]*)\n    \}", nginx)
    assert location is not None
    assert re.search(location[1], "/admin/reports/2026-03/cases.csv")
    assert "proxy_read_timeout 180s;" in location[2]
    assert "proxy_next_upstream off;" in location[2]


def test_the_image_backs_up_with_the_programs_of_the_server_it_talks_to(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [line.split() for line in lines if line.startswith("COPY --from=postgres")]
    assert {words[1] for words in copied} == {f"--from={compose['services']['postgres']['image']}"}
    assert {"pg_dump", "pg_restore"} <= {Path(name).name for name in copied[0][2:]}


def test_there_are_two_beats_and_redis_keeps_a_file(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    services = compose["services"]
    assert services["beat"]["deploy"] == {"replicas": 2}
    assert "--appendonly" in str(services["redis"]["command"])


def test_only_the_service_that_migrates_works_as_the_owner_of_the_tables(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    services = compose["services"]
    owners = {name for name, each in services.items() if OWNER in str(each.get("environment"))}
    assert owners == {"migrate"}
    addresses = {
        str(told["APPEALS_DATABASE_URL"])
        for each in services.values()
        if isinstance(told := each.get("environment"), dict) and "APPEALS_DATABASE_URL" in told
    }
    assert [each.partition("://")[2].partition(":")[0] for each in addresses] == ["appeals_app"]


def test_the_proxys_own_answers_bear_the_headers_of_all_others() -> None:
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    codes = re.search(r"error_page ([\d ]+) @own;", nginx)
    own = re.search(r"location @own \{(.*?)\n    \}", nginx, re.DOTALL)
    assert codes
    assert own
    assert {"400", "413", "414", "494", "502", "503", "504"} <= {*codes[1].split()}
    added = dict(re.findall(r'add_header (\S+) "?(.*?)"? always;', own[1]))
    policy = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
    assert added == {**HEADERS, **policy}
