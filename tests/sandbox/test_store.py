from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.application import Sandbox
from sandbox.messages import Request
from tests.fixtures.sandbox import API_KEY, SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client, webhook_receiver

ROOT = Path(__file__).parents[2]


def start(data: Path) -> tuple[subprocess.Popen[str], str]:
    """The real program on a free port: the process and its address."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().split()[-1]


def stop(process: subprocess.Popen[str], how: signal.Signals) -> int:
    process.send_signal(how)
    code = process.wait(timeout=20)
    assert process.stdout is not None
    process.stdout.close()
    return code


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_restart_keeps_state_keys_faults_and_waiting_webhooks(tmp_path: Path, how: signal.Signals) -> None:
    data = tmp_path / "deep" / "sandbox.sqlite3"
    with webhook_receiver() as receiver:
        process, url = start(data)
        client = make_client(url)
        customer, method = make_card_customer(client)
        SandboxControl(url).pause_webhooks()
        client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["charge.succeeded"]})
        before = charge_off_session(client, customer, method, key="kept")
        SandboxControl(url).fault("latency", times=3, seconds=0, match={"path": "/v1/refunds"})
        code = stop(process, how)

        process, url = start(data)
        control = SandboxControl(url)
        control.deliver_now()
        again = charge_off_session(make_client(url), customer, method, key="kept")
        charges, faults = control.charges(), control.faults()
        stop(process, signal.SIGTERM)

    assert code == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    assert again.id == before.id
    assert [c["id"] for c in charges] == [before.latest_charge]
    assert [f["kind"] for f in faults] == ["latency"]
    assert len(receiver.bodies) == 1


def test_live_key_in_the_environment_stops_the_start(tmp_path: Path) -> None:
    environment = {**os.environ, "STRIPE_LIVE_SECRET_KEY": "sk_live_" + "x" * 24}
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(tmp_path / "s.sqlite3")]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20)

    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "STRIPE_LIVE_SECRET_KEY" in done.stderr
    assert "xxxx" not in done.stderr


def test_core_answers_in_process_without_a_server() -> None:
    sandbox = Sandbox(":memory:")
    headers = {"authorization": f"Bearer {API_KEY}"}

    answer = sandbox.answer(Request("POST", "/v1/customers", headers=headers, body=b"email=a%40example.test"))
    sandbox.close()

    assert (answer.status, answer.json()["email"]) == (200, "a@example.test")
