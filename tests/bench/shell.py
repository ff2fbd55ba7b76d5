"""An Odoo environment in a process of its own, like `odoo shell`: it sets up, and measures Odoo's bare limits.

with Shell(conf_path, database) as shell:
    shell(prepare.products, 400)     # runs prepare.products(env, 400) there, committed
"""

import multiprocessing


class Shell:
    def __init__(self, conf, database):
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs, str(conf), database), daemon=True)
        self.process.start()
        theirs.close()

    def __call__(self, function, *arguments, **named):
        """Run `function(env, *arguments, **named)` as superuser and commit; returns what it returns.

        function   of a module, so that the other process finds it
        arguments  and what is returned: plain values
        """
        self.pipe.send((function, arguments, named))
        try:
            good, result = self.pipe.recv()
        except EOFError as error:
            raise RuntimeError("The Odoo shell died; its messages are above.") from error
        if not good:
            raise RuntimeError(result)
        return result

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pipe.close()
        self.process.join(20)
        if self.process.is_alive():
            self.process.kill()


def _serve(pipe, conf, database):
    import logging
    import traceback

    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-c", conf, "--log-level", "warn"], setup_logging=True)
    registry = Registry(database)
    while True:
        try:
            function, arguments, named = pipe.recv()
        except EOFError:
            break
        try:
            registry = registry.check_signaling()
            with registry.cursor() as cr:
                env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
                result = function(env, *arguments, **named)
                env.flush_all()
                cr.commit()
            registry.signal_changes()
            pipe.send((True, result))
        except Exception:  # noqa: BLE001 - told to the parent
            registry.reset_changes()
            pipe.send((False, traceback.format_exc()))
    logging.shutdown()
