"""The page of receipts on a slow phone: a list read, a receipt found, the root over all of them."""

import json
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from playwright.sync_api import sync_playwright

from supply.scripts import SOURCES
from survey_app.crypto.receipts import merkle_root

RECEIPTS, SLOWER = 200_000, 4
CHECK = """async ([name]) => {
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries()))
    .observe({entryTypes: ['longtask']});
  const {beginningWith, countDifferent, rootOver} = await import('/receipt_list.js');
  const times = [performance.now()];
  const {receipts} = await (await fetch('/receipts.json')).json();
  times.push(performance.now());
  beginningWith(receipts, name);
  countDifferent(receipts);
  times.push(performance.now());
  const root = await rootOver(receipts);
  times.push(performance.now());
  await new Promise((resolve) => setTimeout(resolve, 100));
  const seconds = [1, 2, 3].map((i) => (times[i] - times[i - 1]) / 1000);
  return {root, seconds, longest: Math.max(0, ...tasks.map((task) => task.duration))};
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Write no line for a request."""


def check(receipts: int = RECEIPTS, slower: int = SLOWER) -> None:
    """Print how long a browser takes for a list, its processor slowed down so many times."""
    content = sorted(secrets.token_bytes(32) for _ in range(receipts))
    start = time.perf_counter()
    root = merkle_root(content).hex()
    by_python = time.perf_counter() - start
    with _site([receipt.hex() for receipt in content]) as address, sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        result = page.evaluate(CHECK, [content[receipts // 2].hex()[:16]])
        browser.close()
    if result["root"] != root:
        raise ValueError(result)
    read, search, tree = result["seconds"]
    print(
        f"{receipts:,} receipts, {slower} times slower: read {read:.2f} s, "
        f"searched {search:.2f} s, root {tree:.2f} s "
        f"({tree / slower / by_python:.1f} times Python's), "
        f"longest task {result['longest']:.0f} ms"
    )


@contextmanager
def _site(receipts: list[str]) -> Iterator[str]:
    """Serve the scripts' modules, and such a list beside them."""
    with TemporaryDirectory() as folder:
        shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
        file = Path(folder) / "receipts.json"
        file.write_text(json.dumps({"receipts": receipts}), encoding="utf-8")
        handler = partial(_Quiet, directory=folder)
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


if __name__ == "__main__":
    check()
