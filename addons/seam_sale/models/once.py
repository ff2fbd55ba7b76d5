"""The context of a batch of orders: quiet, and what cannot change within it is asked once."""

ONCE = "seam_once"
# Nobody is notified by e-mail, and lines of tracking are not written.
QUIET = {
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "seam_keep_date": True,
}


class Once:
    """Answers that are kept as long as a batch is applied; the context carries it.

    Outside of a batch there is none, and Odoo asks as it always does.
    """

    def __init__(self):
        self._answers = {}

    def __call__(self, question, ask):
        if question not in self._answers:
            # ``ask`` is kept, so that no object named in the question is another's later.
            self._answers[question] = ask(), ask
        return self._answers[question][0]


def once(env, question, ask):
    """Ask within a batch for the first order only, else each time.

    :param question: hashable; the environment is in it where the answer is records
    :param ask: function without arguments
    :return: what ``ask()`` returns
    """
    asked = env.context.get(ONCE)
    return asked(question, ask) if asked else ask()
