"""The set-up's bookkeeping: what is done once, what is done again."""

import pytest

from tools import settings, stamp, testing


def test_a_step_is_done_once_for_the_same_inputs(tmp_path):
    pins = tmp_path / "pins.txt"
    pins.write_text("a==1\n")
    step = stamp.Step(tmp_path / "stamps", "python", pins)
    assert step.needed
    step.done()
    assert not stamp.Step(tmp_path / "stamps", "python", pins).needed


def test_a_step_is_done_again_when_an_input_changes(tmp_path):
    pins = tmp_path / "pins.txt"
    pins.write_text("a==1\n")
    stamp.Step(tmp_path / "stamps", "python", pins).done()
    pins.write_text("a==2\n")
    assert stamp.Step(tmp_path / "stamps", "python", pins).needed


def test_an_addons_tests_do_not_make_it_changed(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "models.py").write_text("x = 1\n")
    before = stamp.digest(tmp_path, skip=("tests",))
    (tmp_path / "tests" / "test_x.py").write_text("y = 1\n")
    assert stamp.digest(tmp_path, skip=("tests",)) == before
    (tmp_path / "models.py").write_text("x = 2\n")
    assert stamp.digest(tmp_path, skip=("tests",)) != before


def test_a_lock_tells_that_it_is_held(tmp_path):
    with (
        stamp.locked(tmp_path / "lock") as first,
        stamp.locked(tmp_path / "lock", wait=False) as second,
    ):
        assert (first, second) == (True, False)
    with stamp.locked(tmp_path / "lock", wait=False) as later:
        assert later


def test_two_users_share_a_lock(tmp_path):
    with (
        stamp.locked(tmp_path / "lock", shared=True) as one,
        stamp.locked(tmp_path / "lock", shared=True) as two,
        stamp.locked(tmp_path / "lock", wait=False) as alone,
    ):
        assert (one, two, alone) == (True, True, False)


@pytest.mark.parametrize("port", ["none", "0", "70000", "-1"])
def test_a_wrong_port_is_told_in_a_sentence(port):
    with pytest.raises(settings.Problem, match="SEAM_PORT"):
        settings.Settings({"SEAM_PORT": port})


def test_words_for_pytest_go_to_the_stage_their_paths_belong_to():
    assert testing.split("tests/tools -k total") == ([], ["tests/tools"], ["-k", "total"])
    assert testing.split("addons -x") == (["addons"], [], ["-x"])


def test_the_value_of_an_option_is_no_path():
    _on_addons, on_system, options = testing.split("-k addons tests/tools")
    assert (on_system, options) == (["tests/tools"], ["-k", "addons"])


def test_without_paths_both_stages_run():
    on_addons, on_system, options = testing.split("-k total")
    assert on_addons and on_system == ["tests"] and options == ["-k", "total"]
