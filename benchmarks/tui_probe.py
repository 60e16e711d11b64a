"""The terminal interface in a process of its own, at a driver that shows nothing and notes when each frame comes.

`python benchmarks/tui_probe.py ARGUMENTS`, as for `rulewright tui`. Commands come as lines of JSON, `["press", "n"]`;
each is answered by one line of JSON. `Probe` is the other end.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.events import Event

    from rulewright_tui.app import RulewrightTui
    from rulewright_tui.widgets.rows import RowList

WIDE, NARROW = (160, 50), (80, 24)
TIMEOUT = 20.0


class Probe:
    """A running terminal interface."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )
        self.opened = self._read()

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(TIMEOUT)

    def ask(self, command: str, *arguments: object) -> Any:
        assert self._process.stdin is not None
        print(json.dumps([command, *arguments]), file=self._process.stdin, flush=True)
        return self._read()

    def press(self, *keys: str) -> list[float]:
        """Seconds from each key to the first frame that shows all of what it does."""
        seconds: list[float] = self.ask("press", *keys)
        return seconds

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the terminal interface ended with exit code {self._process.wait()}")
        return json.loads(line)


class Session:
    """The application inside, and what its driver was given."""

    def __init__(self, app: RulewrightTui) -> None:
        self.app = app
        self.drawn: dict[tuple[str | None, int], object] = {}
        self.frames = 0
        self.spent: list[float] = []
        self._wanted: Callable[[], bool] | None = None
        self._arrived: asyncio.Future[float] | None = None

    def take_frame(self, data: str) -> None:
        """The driver is given a frame: its time counts if it shows what is wanted."""
        self.frames += len(data) > 20
        if self._arrived is None or self._arrived.done() or self._wanted is None:
            return
        now = time.perf_counter()
        if self._wanted():
            self._arrived.set_result(now)

    def is_drawn(self) -> bool:
        """Whether the last frame shows the state: nothing is undecided, and every line was drawn as it stands."""
        return (
            not self.app.state.is_pending
            and self.is_taken()
            and all(
                self.drawn.get((pane.list.id, y)) == visible_line(pane.list, y)
                for pane in self.app.inspect.panes.values()
                if pane.list.region.height
                for y in range(pane.list.size.height)
            )
        )

    def is_taken(self) -> bool:
        """Whether the text of an open line is what the state knows: a field is drawn before it is decided about."""
        field, state = self.app.inspect.open_field, self.app.state
        if field is None:
            return True
        if field.purpose == "edit":
            return self.app.field_text(field.subject)[0] == field.input.value
        return field.input.value == (state.event_filter if field.subject == "events" else state.rule_filter)

    def mark(self) -> tuple[object, ...]:
        """What a key can change."""
        state, screen = self.app.state, self.app.inspect
        draft = state.history.present if state.history is not None else None
        own = (state.row, state.rule, state.round, state.event_filter, state.rule_filter, state.show_all)
        field = screen.open_field
        return (*own, screen.focused_pane, screen.pane.list.cursor, draft, field and field.input.value)

    async def frame_after(self, cause: Callable[[], None], is_shown: Callable[[], bool]) -> float:
        """Seconds from the cause to the frame that shows its effect."""
        self._wanted = is_shown
        self._arrived = asyncio.get_running_loop().create_future()
        start, spent = time.perf_counter(), time.process_time()
        cause()
        end = await asyncio.wait_for(self._arrived, TIMEOUT)
        self.spent.append(time.process_time() - spent)
        self._arrived = None
        return end - start

    async def processor(self) -> list[float]:
        """Seconds of the processor that each frame since the last question took."""
        spent, self.spent = self.spent, []
        return spent

    async def press(self, *keys: str) -> list[float]:
        return [await self._press_key(key) for key in keys]

    async def send(self, *keys: str) -> None:
        """Keys of which nobody asks how long they take; they may do nothing."""
        for key in keys:
            self.post(key_event(key))
        await asyncio.sleep(0.2)
        await self.settle()

    async def _press_key(self, key: str) -> float:
        event = key_event(key)
        before = self.mark()
        try:
            return await self.frame_after(
                lambda: self.post(event), lambda: self.mark() != before and self.is_drawn()
            )
        except TimeoutError as error:
            raise SystemExit(f"{key} changes nothing: {before[:-2]}") from error

    async def resize(self, width: int, height: int) -> float:
        from textual.events import Resize
        from textual.geometry import Size

        size = Size(width, height)
        return await self.frame_after(
            lambda: self.post(Resize(size, size)),
            lambda: self.app.inspect.size == size and self.is_drawn(),
        )

    def post(self, event: Event) -> None:
        """As a driver does with what its terminal sends."""
        driver = self.app._driver
        assert driver is not None
        driver.process_message(event)

    async def settle(self) -> None:
        while not (self.app.is_settled and self.is_drawn()):
            await asyncio.sleep(0.01)

    async def read(self) -> int:
        """Wait until all events are indexed; how many there are."""
        while not self.app._work and not self.app._sources.reads_entries:
            await asyncio.sleep(0.01)
        await self.settle()
        if self.app.state.archive.problems:
            raise SystemExit(self.app.state.archive.problems[0])
        return len(self.app.state.archive)

    async def save(self, path: str, text: str) -> float:
        """Seconds from writing a policy to the frame that shows what it decides."""
        before = self.app.state.program

        def write() -> None:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)

        return await self.frame_after(write, lambda: self.app.state.program is not before and self.is_drawn())

    async def decide(self) -> float:
        """Seconds until all events are decided, none of them before."""
        self.app.state = self.app.state._replace(results=None)
        start = time.perf_counter()
        self.app.decide_all()
        await self.settle()
        return time.perf_counter() - start

    async def begin(self) -> int:
        """Begin to decide all events; the answer comes once the first are decided."""
        self.app.decide_all()
        while self.app.state.progress is None or not self.app.state.progress.done:
            await asyncio.sleep(0.01)
        return int(self.app.state.progress.done)

    async def stop(self) -> tuple[float, int]:
        """Seconds from `escape` to the end of long work, and how many results are kept."""
        start = time.perf_counter()
        self.post(key_event("escape"))
        while self.app._work is not None:
            await asyncio.sleep(0.002)
        results = self.app.state.results
        return time.perf_counter() - start, results.decided if results is not None else 0

    async def idle(self, seconds: float) -> float:
        """The share of a core that the process needs while nobody does anything."""
        start = time.process_time()
        await asyncio.sleep(seconds)
        return (time.process_time() - start) / seconds

    async def alone(self, title: str) -> float:
        """Seconds that the engine alone needs for the event with another title: facts, decision, plan, explanation."""
        import rulewright
        from rulewright_tui.lines.rules import first_matched

        state = self.app.state
        assert state.history is not None
        assert state.outcome is not None
        assert state.outcome.decision is not None
        rule = first_matched(state.outcome.decision)
        assert rule is not None
        draft = state.history.original
        payload = {**draft.event.payload, "issue": {**draft.event.payload["issue"], "title": title}}  # type: ignore[dict-item]
        start = time.perf_counter()
        facts = rulewright.gather(state.program, draft.event._replace(payload=payload), now=draft.now)
        decision = rulewright.evaluate(state.program, facts)
        rulewright.plan(decision)
        rulewright.explain(decision, rule.policy, rule.id)
        return time.perf_counter() - start

    async def memory(self) -> float:
        """Megabytes that the process holds."""
        gc.collect()
        with open("/proc/self/statm") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def key_event(key: str) -> Event:
    from textual.events import Key

    names = {"slash": "/", "space": " ", "right_square_bracket": "]", "left_square_bracket": "["}
    return Key(key, names.get(key, key if len(key) == 1 else None))


def visible_line(rows: RowList, y: int) -> object:
    """What a line of a list has to show."""
    index = y + round(rows.scroll_y)
    return (rows.rows[index], index == rows.cursor) if index < len(rows.rows) else None


def open_session(arguments: list[str]) -> Session:
    """The application with a driver that notes its frames, and lists that note what they drew."""
    from textual.drivers.headless_driver import HeadlessDriver

    from rulewright_tui.app import RulewrightTui
    from rulewright_tui.command import Options, prepare, tui
    from rulewright_tui.widgets.rows import RowList

    options = tui.make_context("tui", arguments).params
    session = Session(RulewrightTui(prepare(Options(**options))))

    class Driver(HeadlessDriver):
        is_headless = False  # type: ignore[assignment]

        def write(self, data: str) -> None:
            session.take_frame(data)

    draw = RowList.render_line

    def render_line(self: RowList, y: int) -> object:
        session.drawn[self.id, y] = visible_line(self, y)
        return draw(self, y)

    RowList.render_line = render_line  # type: ignore[method-assign, assignment]
    session.app.driver_class = Driver
    return session


async def serve(session: Session) -> None:
    out = os.fdopen(os.dup(1), "w")
    running = asyncio.create_task(session.app.run_async(size=WIDE))
    start = time.perf_counter()
    while not (session.frames and hasattr(session.app, "inspect") and session.app.inspect.is_mounted):
        await asyncio.sleep(0.001)
        if running.done():
            raise SystemExit("the terminal interface ended")
    print(json.dumps(time.perf_counter() - start), file=out, flush=True)
    while line := await asyncio.to_thread(sys.__stdin__.readline):  # type: ignore[union-attr]
        command, *arguments = json.loads(line)
        answer = await getattr(session, command)(*arguments)
        print(json.dumps(answer), file=out, flush=True)
    session.app.exit()
    await running


if __name__ == "__main__":
    asyncio.run(serve(open_session(sys.argv[1:])))
