"""What is stated of some organisations of the demonstration, so that it can be seen which law binds them."""

# What is heavy is imported when the command runs, so that ``--help`` is quick.
# ruff: noqa: PLC0415
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tutela.cli.demo_people import address
from tutela.core.actor import Actor, Viewer
from tutela.core.rights import Role

if TYPE_CHECKING:
    from tutela.cli.context import Context

# Exampleland has no law of its own in the library: its organisations work in countries that have
STATED: Final = {
    "savings-bank": {
        "country": "LU",
        "timezone": "Europe/Luxembourg",
        "org.nis2_class": "essential",
        "org.dora_financial_entity": "yes",
        "org.controller": "yes",
        "org.trust_service_provider": "no",
        "org.in_data_fiduciary": "yes",
        "org.cn_network_operator": "no",
    },
    "ministry-of-interior": {
        "country": "LU",
        "org.nis2_class": "essential",
        "org.dora_financial_entity": "no",
        "org.controller": "yes",
        "org.led_authority": "yes",
    },
    "telecoms-provider": {
        "country": "CN",
        "timezone": "Asia/Shanghai",
        "org.cn_network_operator": "yes",
        "org.cn_cii_operator": "yes",
        "org.cn_pi_handler": "yes",
    },
}
EVIDENCE: Final = "their statute and the register, as on the day"


def add_statements(ground: Context) -> None:
    """State what is known of the organisations, where nothing was stated yet."""
    from tutela.apps.constituency.queries import organisations_for
    from tutela.apps.law import actions
    from tutela.apps.law.queries import statements_of

    by = Actor("person", address(Role.LEGAL_OFFICER))
    viewer = Viewer(by, None, Role.LEGAL_OFFICER)
    for one in organisations_for(viewer).filter(global_id__in=STATED):
        if not statements_of(one, viewer):
            actions.state(
                organisation=one.global_id,
                facts=STATED[one.global_id],
                evidence=EVIDENCE,
                viewer=viewer,
                now=ground.now,
                by=by,
                basis=ground.basis,
            )
