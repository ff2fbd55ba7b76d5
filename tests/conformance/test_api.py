"""The running server keeps what its OpenAPI description promises, whatever is sent."""

import os

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.bench.shell import Shell
from tests.conformance import prepare
from tools import databases
from tools.server import OdooServer

NAME = "seam_conformance"
VERDICTS = [negative_data_rejection, positive_data_acceptance]
BOUNDS = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def server():
    with databases.database(NAME, template=os.environ["SEAM_TEMPLATE"]):
        with OdooServer(NAME, workers=2) as server:
            with Shell(server.conf_path, NAME) as shell:
                server.key = shell(prepare.partner)
            yield server


@pytest.fixture(scope="module")
def description(server):
    answer = requests.get(
        f"{server.url}/seam/v1/openapi.json",
        headers={"Authorization": f"Bearer {server.key}"},
        timeout=120,
    )
    answer.raise_for_status()
    description = schemathesis.openapi.from_dict(answer.json())
    # No text with a NUL can be stored: that is said in words, no schema can.
    description.config.generation.allow_x00 = False
    return description


@pytest.mark.slow
@pytest.mark.parametrize("mode", GenerationMode)
def test_whatever_is_sent_is_answered_as_described(description, server, mode):
    for operation in description.get_all_operations():
        _try(operation.ok(), server, mode)


def _try(operation, server, mode):
    """Send generated calls: right ones, or ones that break the description somewhere."""

    @BOUNDS
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        _leave_out_half_events(case)
        case.call_and_validate(
            base_url=server.url,
            headers={"Authorization": f"Bearer {server.key}"},
            timeout=120,
            excluded_checks=[] if _is_plain(case) else VERDICTS,
        )

    try:
        send()
    except Unsatisfiable:
        # There is no wrong call of an operation that takes nothing.
        assert mode == GenerationMode.NEGATIVE


def _leave_out_half_events(case):
    """That ce- headers come all or not at all is more than OpenAPI can say."""
    for name in [name for name in case.headers if name.lower().startswith("ce-")]:
        del case.headers[name]


def _is_plain(case):
    """Of a batch each item has its own verdict; of an event, what it carries."""
    return case.media_type == "application/json" and not case.path.endswith("/batch")
