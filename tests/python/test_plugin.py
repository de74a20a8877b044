"""The pytest plugin, in a separate run of pytest."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points, metadata
from typing import TYPE_CHECKING

import tenant_select

from programs import run

if TYPE_CHECKING:
    import pytest
    from tenant_select.testing import Emulator

pytest_plugins = ["pytester"]


def test_it_comes_with_the_package_and_the_extra_brings_the_emulator() -> None:
    (plugin,) = entry_points(group="pytest11", name="tenant-select")
    assert plugin.value == "tenant_select.testing.pytest_plugin"
    wanted = metadata("tenant-select").get_all("Requires-Dist")
    assert wanted == [f"tenant-select-emulator=={tenant_select.__version__} ; extra == 'testing'"]


def test_fixtures_behave_as_documented(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from tenant_select import Client, TokenExpiredError


        def test_a_user_is_signed_in(tenant_select_emulator, tenant_select_sign_in):
            with tenant_select_emulator.client() as client:
                switched = client.select_tenant("acme", tenant_select_sign_in.refresh_jwt)
            assert switched.session.active_tenant.roles == ["editor"]
            tenant_select_emulator.add_user("eve@example.com")


        def test_each_test_has_a_fresh_emulator(tenant_select_emulator):
            assert tenant_select_emulator.control("GET", "users") == []
            # The disconnect of the former test's client may appear late.
            assert {entry["event"] for entry in tenant_select_emulator.requests()} <= {"disconnect"}


        def test_the_environment_is_enough_for_a_client(tenant_select_environment, tenant_select_token):
            with Client() as client:
                session = client.validate_session(tenant_select_token("acme", claims={"sub": "U1"}))
                assert (session.user_id, session.active_tenant.tenant_id) == ("U1", "acme")
                with pytest.raises(TokenExpiredError):
                    client.validate_session(tenant_select_token(lifetimeSeconds=-60))


        def test_the_environment_is_restored(monkeypatch):
            import os

            assert "DESCOPE_BASE_URL" not in os.environ


        def test_tokens_of_an_hour_ago_have_expired(tenant_select_emulator, tenant_select_sign_in, tenant_select_clock):
            tenant_select_clock.advance(-3600)
            old = tenant_select_emulator.sign_in("ada@example.com")
            with tenant_select_emulator.client() as client:
                with pytest.raises(TokenExpiredError):
                    client.validate_session(old.session_jwt)
                client.validate_session(tenant_select_sign_in.session_jwt)
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=5)


def test_a_fixture_can_be_overridden(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from tenant_select.testing import Emulator


        @pytest.fixture(scope="session")
        def tenant_select_emulator_process():
            with Emulator(project_id="P2overridden", tls=True) as emulator:
                yield emulator
        """
    )
    pytester.makepyfile(
        """
        from tenant_select import Client


        def test_the_override_is_used(tenant_select_sign_in, tenant_select_environment):
            with Client() as client:
                assert (client.project_id, client.base_url[:8]) == ("P2overridden", "https://")
                assert client.me(tenant_select_sign_in.refresh_jwt).name == "Ada Lovelace"
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


HOSTILE = {
    "DESCOPE_PROJECT_ID": "P2ofthedeveloper",
    "DESCOPE_BASE_URI": "http://127.0.0.1:9",
    "DESCOPE_BASE_URL": "http://127.0.0.1:9",
    "DESCOPE_PUBLIC_KEY": "no key",
    "DESCOPE_AUTH_MANAGEMENT_KEY": "a key: with a colon",
    "TENANT_SELECT_PROXY": "http://127.0.0.1:9",
    "TENANT_SELECT_TIMEOUT": "never",
    "TENANT_SELECT_CA_FILE": "nowhere",
}
"""What may be set on a developer's machine."""


def test_variables_set_outside_have_no_effect(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in HOSTILE.items():
        monkeypatch.setenv(variable, value)
    pytester.makepyfile(
        f"""
        import os

        from tenant_select import Client

        HOSTILE = {HOSTILE}


        def test_a_client_without_options(tenant_select_sign_in, tenant_select_environment):
            with Client() as client:
                assert client.me(tenant_select_sign_in.refresh_jwt).name == "Ada Lovelace"
            assert {{name for name in os.environ if name.startswith("DESCOPE_")}} == set(tenant_select_environment)
            assert "TENANT_SELECT_EMULATOR" in os.environ


        def test_former_values_are_restored():
            assert HOSTILE.items() <= os.environ.items()
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=2)


def test_programs_of_this_suite_take_nothing_from_outside_either(
    emulator: Emulator, refresh_jwt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in HOSTILE.items():
        monkeypatch.setenv(variable, value)
    assert run(emulator, "importing", refresh_jwt=refresh_jwt) == "[]\n"


def test_a_run_that_needs_no_emulator_does_not_load_its_control_calls() -> None:
    source = (
        "import sys, pytest; before = set(sys.modules); import tenant_select.testing.pytest_plugin;"
        "print(sorted({'ssl', 'subprocess', 'urllib.request', 'http.client', 'tempfile', 'asyncio', 'logging'} "
        "& (set(sys.modules) - before)), sorted(name for name in sys.modules if name.startswith('tenant_select.testing')))"
    )
    command = [sys.executable, "-c", source]
    modules = ["environment", "fixture_types", "pytest_plugin"]
    loaded = ["tenant_select.testing", *(f"tenant_select.testing.{module}" for module in modules)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"[] {loaded}\n"


def test_nothing_starts_before_a_fixture_is_requested(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENANT_SELECT_EMULATOR", "no such file")
    pytester.makepyfile("def test_of_something_else(): pass", test_needs_it="def test_it(tenant_select_emulator): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*TENANT_SELECT_EMULATOR names no such file, which is not a file"])
