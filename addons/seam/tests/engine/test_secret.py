"""Secrets are unreadable without the key, and keys can be changed without loss."""

import multiprocessing
import os
import stat

import pytest
from engine import secret
from engine.secret import Keyring, SecretError


def test_a_secret_comes_back_and_its_token_tells_nothing():
    ring = Keyring([secret.new_key()])
    token = ring.encrypt("pässword")
    assert ring.decrypt(token) == "pässword"
    assert "pässword" not in token
    assert ring.encrypt("pässword") != token


def test_keys_are_rotated_without_losing_a_secret():
    old, new = secret.new_key(), secret.new_key()
    token = Keyring([old]).encrypt("s3cret")
    both = Keyring([new, old])
    assert both.decrypt(token) == "s3cret"
    rotated = both.rotate(token)
    assert Keyring([new]).decrypt(rotated) == "s3cret"
    with pytest.raises(SecretError):
        Keyring([old]).decrypt(rotated)


def test_with_the_wrong_key_the_error_says_which_setting_to_check():
    token = Keyring([secret.new_key()]).encrypt("s3cret")
    other = Keyring([secret.new_key()])
    for use in (other.decrypt, other.rotate):
        with pytest.raises(
            SecretError, match=r"secret_keys in section \[seam\] of odoo.conf"
        ) as caught:
            use(token)
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "garbage", "gAAAAA", "ü"])
def test_a_damaged_token_is_the_same_error(token):
    with pytest.raises(SecretError):
        Keyring([secret.new_key()]).decrypt(token)


@pytest.mark.parametrize("keys", [[], ["short"], ["x" * 44], ["ü" * 44]])
def test_a_ring_without_good_keys_is_refused(keys):
    with pytest.raises(SecretError, match="SEAM_SECRET_KEYS"):
        Keyring(keys)


def test_a_bad_key_is_not_repeated_in_the_error():
    with pytest.raises(SecretError) as caught:
        secret.load_keys("almost-a-key", None)
    assert "almost-a-key" not in str(caught.value)


# --- where keys come from ---


def test_keys_of_the_setting_alone_count(tmp_path):
    first, second = secret.new_key(), secret.new_key()
    file = tmp_path / "key"
    assert secret.load_keys(f" {first} ,{second},", file) == [first, second]
    assert not file.exists()


def test_without_any_source_there_are_no_keys():
    assert secret.load_keys(None, None) == []
    assert secret.load_keys(" , ", None) == []


def test_a_key_file_is_made_once_and_for_the_owner_only(tmp_path):
    file = tmp_path / "deep" / "key"
    keys = secret.load_keys(None, file)
    assert secret.load_keys("", str(file)) == keys
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["key"]
    assert Keyring(keys).decrypt(Keyring(keys).encrypt("x")) == "x"


def test_a_key_file_may_hold_several_keys(tmp_path):
    file = tmp_path / "key"
    (old,) = secret.load_keys(None, file)
    new = secret.new_key()
    file.write_text(f"{new}\n{old}\n")
    assert secret.load_keys(None, file) == [new, old]


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "key"
    secret.load_keys(None, file)
    file.chmod(0o640)
    with pytest.raises(SecretError, match="chmod 600"):
        secret.load_keys(None, file)


def test_an_empty_key_file_is_not_taken_for_no_keys(tmp_path):
    file = tmp_path / "key"
    file.touch(0o600)
    with pytest.raises(SecretError, match="is empty"):
        secret.load_keys(None, file)


def test_a_key_file_out_of_reach_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SecretError, match=r"cannot be used \("):
        secret.load_keys(None, tmp_path / "file" / "key")


def _race(file, barrier, results):
    barrier.wait()
    results.put(secret.load_keys(None, file))


def test_processes_that_race_for_the_file_get_the_same_key(tmp_path):
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    for attempt in range(10):
        barrier = context.Barrier(4)
        file = tmp_path / str(attempt) / "key"
        racers = [context.Process(target=_race, args=(file, barrier, results)) for _ in range(4)]
        for racer in racers:
            racer.start()
        got = [results.get(timeout=120) for _ in racers]
        for racer in racers:
            racer.join()
        assert len(got[0]) == 1
        assert all(keys == got[0] for keys in got)
        assert os.listdir(file.parent) == ["key"]


# --- API keys ---


def test_an_api_key_is_long_random_and_recognisable():
    token, prefix = secret.new_api_key()
    assert token.startswith("seam_") and len(token) == 48
    assert token.startswith(prefix) and 8 <= len(prefix) <= 12
    assert len({secret.new_api_key()[0] for _ in range(50)}) == 50


def test_only_the_hash_of_an_api_key_is_kept():
    assert secret.hash_api_key("seam_x") == (
        "990c35b6550cf83a2eb4cb6ba673f7e9f1e18021e76903601c114ba8557b3991"
    )


@pytest.mark.parametrize(
    "a, b, equal", [("abc", "abc", True), ("abc", "abd", False), ("é", "é", True), ("", "a", False)]
)
def test_texts_are_compared(a, b, equal):
    assert secret.same(a, b) is equal
