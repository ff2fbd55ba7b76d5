"""What in Odoo's log counts as a failure of ours."""

from tools import install_log

HEAD = "2026-03-01 10:00:00,123 77"


def problems(tmp_path, *lines):
    path = tmp_path / "odoo.log"
    path.write_text("\n".join(lines) + "\n")
    return install_log.problems(path)


def test_a_clean_install_has_no_problem(tmp_path):
    assert (
        problems(tmp_path, f"{HEAD} INFO db odoo.modules.loading: loading seam/data/cron.xml") == []
    )


def test_a_registry_warning_about_our_model_counts(tmp_path):
    line = f"{HEAD} WARNING db odoo.registry: The model seam.message has no _description"
    assert problems(tmp_path, line) == [
        "WARNING odoo.registry: The model seam.message has no _description"
    ]


def test_a_deprecation_in_our_code_counts_by_the_file_it_names(tmp_path):
    first = f"{HEAD} WARNING db py.warnings: /home/x/addons/seam_sale/models/a.py:3: DeprecationWarning: old"
    assert len(problems(tmp_path, first, "    self._cr.execute()")) == 1


def test_a_warning_of_others_does_not_count(tmp_path):
    assert problems(tmp_path, f"{HEAD} WARNING seam_test odoo.addons.mail: no mail server") == []


def test_every_error_counts_with_its_traceback(tmp_path):
    lines = [
        f"{HEAD} ERROR db odoo.modules: failed",
        "Traceback (most recent call last):",
        "KeyError: 1",
    ]
    (problem,) = problems(tmp_path, *lines)
    assert problem.endswith("KeyError: 1")


def test_our_own_options_are_expected(tmp_path):
    line = f"{HEAD} WARNING ? odoo.tools.config: unknown option 'seam_secret_key_file' in the config file"
    assert problems(tmp_path, line) == []
