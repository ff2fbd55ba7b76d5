"""Whom a deal is for at HubSpot, which may link several. Pure.

Its customer is its primary company, and its oldest contact: see ``besides.py``. Another one comes in
the place of that one; what else is linked stays.
"""

from . import const


def replaced(linked, type_, to):
    """
    :param linked: HubSpot's list of what is linked now
    :param type_: of the association that is to be
    :param to: number of the record that is to be the customer; "": none
    :return: (whether it is to be linked, list of the numbers that are not to be any more);
        None: several are, and it takes a person to say which of them may go
    """
    kept = {str(each.get("toObjectId")): _types(each) for each in linked}
    others = sorted(kept.keys() - {to}, key=_by_number)
    if not to:
        is_there, before, after = False, others, []
    elif type_ == const.DEAL_TO_PRIMARY_COMPANY:
        is_there = type_ in kept.get(to, ())
        before, after = [number for number in others if type_ in kept[number]], []
    else:
        is_there = to in kept
        older = [number for number in others if _by_number(number) < _by_number(to)]
        before = older if is_there else others[:1]
        after = [number for number in older if number not in before]
    # the next one would be taken for the customer
    return None if len(before) > 1 or after else (bool(to) and not is_there, before)


def _types(each):
    return {type_.get("typeId") for type_ in each.get("associationTypes") or ()}


def _by_number(number):
    return len(number), number
