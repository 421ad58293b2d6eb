"""Several processes that serve: forks of one, so that they share what it has loaded."""

import gc
import multiprocessing

import uvicorn
from uvicorn import _subprocess
from uvicorn.supervisors import Multiprocess


def serve(config: uvicorn.Config) -> None:
    """Until they are told to stop."""
    # uvicorn's supervisor starts its workers anew, with all their imports.
    _subprocess.spawn = multiprocessing.get_context("fork")  # type: ignore[assignment]
    config.load()
    gc.collect()
    gc.freeze()  # what is shared is not written to by looking for garbage
    Multiprocess(config, sockets=[config.bind_socket()]).run()
