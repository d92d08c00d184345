"""How gunicorn serves the site. It reads this file by itself, from the folder it is started in.

The application is made once and then forked: the workers share what it takes (ADR 31).
"""

from __future__ import annotations

import gc

worker_class = "gthread"
workers = 2
threads = 4
control_socket_disable = True
preload_app = True


def when_ready(_server: object) -> None:
    """Just before the first worker is forked.

    What is loaded by now is never garbage. Left out of the collector's rounds it takes none of
    their time, and its pages stay shared.
    """
    gc.collect()
    gc.freeze()
