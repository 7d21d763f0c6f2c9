"""Questions from the control process to a worker, and its answers: ZeroMQ over ipc://, JSON, one bounded frame each way.

The bus is a mouth; this is for what wants an answer. Nothing is kept: a question that finds nobody, or whose answer does not come in time, has failed,
and the person who asked is told. Errors cross as what they are (``nvr.errors``), with message and remedy.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import zmq
import zmq.asyncio

from nvr import errors
from nvr.bus import endpoint
from nvr.errors import BusError, NvrError

log = logging.getLogger(__name__)
_MOST_BYTES: Final = 256 * 1024
_MOST_WAITING: Final = 256
_CROSSING: Final[dict[str, type[NvrError]]] = {
    kind.__name__: kind
    for kind in (
        errors.CameraUnreachable,
        errors.CameraRefusedLogin,
        errors.StreamMalformed,
        errors.StreamUnsupported,
        errors.DeviceRefused,
        errors.DeviceHostile,
        errors.NotFound,
        errors.Conflict,
        errors.InvalidInput,
        errors.IllegalStep,
    )
}


_NOTHING: Final = msgspec.Raw(b"null")


class _Question(msgspec.Struct, array_like=True):
    number: int
    body: msgspec.Raw


class _Reply(msgspec.Struct, array_like=True):
    number: int
    body: msgspec.Raw = _NOTHING
    error: str = ""
    message: str = ""
    remedy: str = ""


Answerer = Callable[[bytes], Awaitable[msgspec.Struct]]
"""Takes a question's JSON and answers it. What it raises of ``NvrError`` goes to the asker."""


def call_name(worker: str) -> str:
    """What a worker's socket for questions is called."""
    return f"{worker}.calls"


class CallServer:
    """A worker's end. Questions are answered side by side, at most 256 at once; more wait in the socket."""

    def __init__(self, run_folder: Path, worker: str, answer: Answerer) -> None:
        run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._answer = answer
        self._context: zmq.asyncio.Context = zmq.asyncio.Context.instance()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, _MOST_BYTES)
        self._socket.bind(endpoint(run_folder, call_name(worker)))
        self._places = asyncio.Semaphore(_MOST_WAITING)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Answer until cancelled."""
        try:
            while True:
                await self._places.acquire()
                parts = await self._socket.recv_multipart()
                task = asyncio.create_task(self._reply(parts))
                self._tasks.add(task)
                task.add_done_callback(self._done)
        finally:
            for task in list(self._tasks):
                task.cancel()
            self._socket.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._places.release()

    async def _reply(self, parts: list[bytes]) -> None:
        try:
            question = msgspec.json.decode(parts[-1], type=_Question)
        except msgspec.DecodeError:
            return  # not one of ours: nobody waits for an answer
        try:
            body = msgspec.json.encode(await self._answer(bytes(question.body)))
            reply = _Reply(question.number, msgspec.Raw(body))
        except NvrError as error:
            reply = _Reply(question.number, _NOTHING, type(error).__name__, error.message, error.remedy)
        except msgspec.DecodeError as error:
            reply = _Reply(question.number, _NOTHING, "InvalidInput", f"no es una orden: {error}")
        except Exception:
            log.exception("a question could not be answered")
            reply = _Reply(question.number, _NOTHING, "NvrError", "the worker failed at it", "see its log")
        await self._socket.send_multipart([parts[0], msgspec.json.encode(reply)])


class CallClient:
    """The control process's end, for one worker. Use it on one event loop; ``run`` must be running."""

    def __init__(self, run_folder: Path, worker: str) -> None:
        self._worker = worker
        self._context: zmq.asyncio.Context = zmq.asyncio.Context.instance()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, _MOST_BYTES)
        self._socket.setsockopt(zmq.SNDHWM, _MOST_WAITING)
        # What was asked of a dead worker must not move a camera when its successor comes.
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 50)
        self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, 500)
        self._socket.connect(endpoint(run_folder, call_name(worker)))
        self._number = 0
        self._waiting: dict[int, asyncio.Future[_Reply]] = {}

    async def run(self) -> None:
        """Take answers in until cancelled."""
        try:
            while True:
                (frame,) = await self._socket.recv_multipart()
                try:
                    reply = msgspec.json.decode(frame, type=_Reply)
                except msgspec.DecodeError:
                    continue
                waiting = self._waiting.pop(reply.number, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
        finally:
            self._socket.close()

    async def ask(self, question: msgspec.Struct, answer: Any, timeout_s: float = 15.0) -> Any:
        """Ask, and wait for an answer of type ``answer``.

        Raises:
            BusError: nobody is there, or the answer did not come in time.
            NvrError: what the worker raised, as it was.
        """
        self._number += 1
        number = self._number
        waiting: asyncio.Future[_Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        frame = msgspec.json.encode(_Question(number, msgspec.Raw(msgspec.json.encode(question))))
        try:
            await self._socket.send(frame, zmq.NOBLOCK)
            async with asyncio.timeout(timeout_s):
                reply = await waiting
        except (zmq.Again, TimeoutError):
            raise BusError(f"{self._worker} does not answer", "it starts again by itself within seconds") from None
        finally:
            self._waiting.pop(number, None)
        if reply.error:
            raise _CROSSING.get(reply.error, NvrError)(reply.message, reply.remedy)
        return msgspec.json.decode(reply.body, type=answer)
