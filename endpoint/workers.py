"""Server processes that share the listeners, and what watches over them."""

from uvicorn.supervisors import Multiprocess


class Workers(Multiprocess):
    """uvicorn's, which replaces a worker that has died.

    uvicorn keeps the worker's end of its pipe open in the parent, too. The parent would wait for all of
    `timeout_worker_healthcheck` where a worker dies before it has answered; with its end closed the pipe ends with the worker.
    """

    def keep_subprocess_alive(self) -> None:
        for worker in self.processes:
            worker.child_conn.close()
        super().keep_subprocess_alive()
