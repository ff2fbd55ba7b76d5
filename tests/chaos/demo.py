"""What the failure tests of the demo company share: waiting until all is quiet, and a person who looks after it."""

from tests.chaos import scene

# Short waits: what takes a day in the field is to be over in minutes.
SCHEDULE = "1, 1, 2, 2, 3, 5, 5, 10, 10, 20, 20, 30"
READ_TIMEOUT = 3
ON_ITS_WAY = "m.flow_id = ANY(%s) AND m.state IN ('pending', 'working', 'waiting')"
# What waits behind a message that needs a person does not move by itself.
MOVING = f"""
    SELECT count(*) FROM seam_message m WHERE {ON_ITS_WAY}
       AND NOT EXISTS (SELECT 1 FROM seam_message p
                        WHERE p.id = m.predecessor_id AND p.state = 'failed')"""
ROUNDS = 8


def settle(one, flows, is_quiet, patience):
    """Wait until nothing is on its way, on either side.

    :param flows: ids of the flows
    :param is_quiet: whether the partner has nothing to tell or to do
    :return: seconds, or a sentence
    """
    calm = []

    def done():
        calm.append(one.query(MOVING, [flows]) == [(0,)] and is_quiet())
        return len(calm) > 4 and all(calm[-4:])

    result = scene.wait(one, done, patience)
    if isinstance(result, str):
        rows = one.query(
            "SELECT f.code, m.state, m.state_reason, count(*) FROM seam_message m"
            f" JOIN seam_flow f ON f.id = m.flow_id WHERE {ON_ITS_WAY} GROUP BY 1, 2, 3 LIMIT 10",
            [flows],
        )
        result += f"; on its way: {rows}"
    return result


def put_right(one, figures, resolve, wait):
    """Do what the exceptions ask for, and no more, until none asks for anything.

    :param resolve: what a person does now → list, a word for each deed
    :param wait: what is called after each round
    """
    deeds = figures["done by a person"] = {}
    for _round in range(ROUNDS):
        with one.environment() as env:
            done = resolve(env)
        for deed in done:
            deeds[deed] = deeds.get(deed, 0) + 1
        if not done:
            return
        wait()
