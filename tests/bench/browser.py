"""What an answer costs a browser: seconds on its main thread, and its longest task. Chromium, by Playwright."""

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.targets import Process

LONG_TASKS = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask" });
"""


def main_thread(target: Process, tokens: int, rate: int) -> tuple[float, float]:
    """Seconds the main thread was busy from sending the message to the saved answer; the longest task in ms."""
    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(
            executable_path=program if Path(program).exists() else None, args=["--no-sandbox"]
        )
        try:
            url = f"http://127.0.0.1:{target.port}"
            context = browser.new_context()
            context.add_cookies(
                [
                    dict(zip(("name", "value"), each.split("=", 1), strict=True), url=url)
                    for each in target.cookies.split("; ")
                ]  # type: ignore[misc]
            )
            page = context.new_page()
            page.add_init_script(LONG_TASKS)
            page.goto(url)
            session = context.new_cdp_session(page)
            session.send("Performance.enable")
            page.wait_for_load_state("networkidle")
            page.evaluate("window.longest = 0")
            before = _busy(session)
            page.fill("#message", f"prose {rate} {tokens}")
            page.press("#message", "Enter")
            page.wait_for_selector(
                '#turns .answer[data-state="saved"]', timeout=(tokens / rate * 3 + 60) * 1000
            )
            page.wait_for_timeout(300)
            return _busy(session) - before, page.evaluate("window.longest")
        finally:
            browser.close()


def _busy(session: object) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]  # type: ignore[attr-defined]
    return next(each["value"] for each in metrics if each["name"] == "TaskDuration")
